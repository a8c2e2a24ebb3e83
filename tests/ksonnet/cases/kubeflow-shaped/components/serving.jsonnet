local env = std.extVar("__ksonnet/environments");
local params = std.extVar("__ksonnet/params").components.serving;
local serving = import "ml/serving/serving.libsonnet";

serving.deployment(params + { namespace: env.namespace })
