local env = std.extVar("__ksonnet/environments");
{
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: std.extVar("name"), namespace: env.namespace },
  data: (import "more.libsonnet") + { server: env.server },
}
