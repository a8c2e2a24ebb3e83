local base = import "base.libsonnet";
// uncomment if you reference ksonnet-lib
// local k = import "k.libsonnet";

base + {
  serving+: { metadata+: { annotations: { owner: "ml" } } },
}
