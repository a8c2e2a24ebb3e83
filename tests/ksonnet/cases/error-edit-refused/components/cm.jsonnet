local params = std.extVar("__ksonnet/params").components.cm;
{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: params.name } }
