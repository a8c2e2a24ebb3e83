local util = import "ml/common/util.libsonnet";
local config = import "config.libsonnet";

{
  all(params, env):: [
    $.parts(env.namespace).configMap(params),
    $.parts(env.namespace).statefulSet(params),
  ] + util.onlyIf(params.cloud == "gke", [
      $.parts(env.namespace).account(params),
      $.parts(env.namespace).role(params),
    ]),

  parts(namespace):: {
    local metadata(name) = { name: name, namespace: namespace },

    configMap(params):: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: metadata(params.name + "-config"),
      data: { "hub.conf": importstr "hub.conf", disks: std.join(",", util.toArray(params.disks)) },
    },

    statefulSet(params):: {
      apiVersion: "apps/v1beta1",
      kind: "StatefulSet",
      metadata: metadata(params.name),
      spec: {
        replicas: config.replicas,
        serviceName: "",
        template: {
          metadata: { labels: { app: params.name } },
          spec: {
            containers: [{ name: "hub", image: params.image, env: [] }],
            volumes: [{ name: "config", configMap: { name: params.name + "-config" } }],
          },
        },
      },
    },

    // Cluster-scoped, but with a namespace, as Kubeflow's packages have it.
    role(params):: {
      apiVersion: "rbac.authorization.k8s.io/v1beta1",
      kind: "ClusterRole",
      metadata: metadata(params.name),
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["*"] }],
    },

    account(params):: {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: metadata(params.name),
    },
  },
}
