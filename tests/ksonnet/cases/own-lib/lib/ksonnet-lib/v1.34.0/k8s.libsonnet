{ core:: { v1:: { configMap:: { new(name):: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: name } } } } } }
