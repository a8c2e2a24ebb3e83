local k = import "k.libsonnet";
local params = std.extVar("__ksonnet/params").components.cm;
k.core.v1.configMap.new(params.name)
