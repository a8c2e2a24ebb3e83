local params = std.extVar("__ksonnet/params").components.bag;
[
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: params.name }, data: { team: params.team } },
  { apiVersion: "v1", kind: "Secret", metadata: { name: params.name } },
]
