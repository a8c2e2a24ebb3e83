local params = std.extVar("__ksonnet/params").components.cm;
(import "near.libsonnet") + { apiVersion: "v1", metadata: { name: params.name }, data: { all: std.toString(params) } }
