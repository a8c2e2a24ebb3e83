local params = std.extVar("__ksonnet/params").components.flow;
local flow = import "ml/flow/flow.libsonnet";
{
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "flow" },
  data: flow.parts({ image: params.image }) + + { none: flow.parts({}).image },
}
