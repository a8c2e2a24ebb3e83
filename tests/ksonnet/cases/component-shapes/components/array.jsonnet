[{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "from-array" } }, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "from-array-too" } }]
