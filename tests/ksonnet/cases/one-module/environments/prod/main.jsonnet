local base = import "base.libsonnet";
local k = import "k.libsonnet";

base + {
  // Overrides of objects, as users write them.
}
