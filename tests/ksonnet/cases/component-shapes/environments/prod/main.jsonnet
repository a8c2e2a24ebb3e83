local base = import "base.libsonnet";
base + {
  hidden:: super.hidden,
  added: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "from-main" } },
}
