{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "hidden-in-main" } }
