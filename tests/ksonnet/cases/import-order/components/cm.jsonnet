// Each name exists at its own place and at all places that are searched later.
local at(file) = file.place;
{
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "places" },
  data: {
    a: at(import "own/pkg/a.libsonnet"),
    b: at(import "b.libsonnet"),
    c: at(import "c.libsonnet"),
    d: at(import "d.libsonnet"),
    e: at(import "e.libsonnet"),
    f: at(import "f.libsonnet"),
    g: at(import "g.libsonnet"),
    h: at(import "own/pkg/h.libsonnet"),
  },
}
