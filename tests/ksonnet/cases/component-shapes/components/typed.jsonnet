{ apiVersion: "v1", kind: "ConfigMapList", items: [{ metadata: { name: "from-typed-list" } }] }
