local base = import "../base.libsonnet";
base + {
  "app.cm" +: { data +: { overridden: "yes" } },
  extra: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "extra" } },
}
