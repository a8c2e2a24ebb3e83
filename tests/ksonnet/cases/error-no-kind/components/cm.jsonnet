local params = std.extVar("__ksonnet/params").components.cm;
{ apiVersion: "v1", metadata: { name: params.name } }
