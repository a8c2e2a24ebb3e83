local core = import "kubeflow/core/core.libsonnet";
local params = std.extVar("__ksonnet/params").components.cm;
core + { apiVersion: "v1", kind: "ConfigMap", metadata: { name: params.name } }
