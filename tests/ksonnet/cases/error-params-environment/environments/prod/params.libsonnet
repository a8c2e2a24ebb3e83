local params = std.extVar("__ksonnet/params");
params + { components +: { cm +: { name: params.global.name } } }
