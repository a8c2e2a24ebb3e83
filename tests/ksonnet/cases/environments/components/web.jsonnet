local env = std.extVar("__ksonnet/environments");
local params = std.extVar("__ksonnet/params").components.web;
local k = import "k.libsonnet";
k.core.v1.list.new([
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: params.name, namespace: env.namespace },
    spec: { ports: [{ port: 80 }], selector: { app: params.name } },
  },
  {
    apiVersion: "apps/v1beta1",
    kind: "Deployment",
    metadata: { name: params.name, labels: { team: params.team, "ksonnet.io/component": "mine" } },
    spec: {
      replicas: (params.replicas + 1) * 2,
      template: {
        metadata: { labels: { app: params.name } },
        spec: { containers: [{ name: "web", image: params.image }] },
      },
    },
  },
])
