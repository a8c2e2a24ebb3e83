local params = std.extVar("__ksonnet/params").components.flow;
local flow = import "ml/flow/flow.libsonnet";
local own = import "own.libsonnet";
{
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "flow" },
  data: flow.parts({ image: params.image }) + + {
    none: flow.parts({}).image,
    given: flow.parts(params).image,
    bytes: std.base64("p\u00e4ss"),
    shared: own.shared,
  },
}
