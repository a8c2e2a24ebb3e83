local params = std.extVar("__ksonnet/params").components.flow;
// optional is read by others
{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "flow" }, data: { image: params.image } }
