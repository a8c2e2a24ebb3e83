local env = std.extVar("__ksonnet/environments");
local params = std.extVar("__ksonnet/params").components["hub-1"];
local k = import "k.libsonnet";
local hub = import "ml/core/hub.libsonnet";

std.prune(k.core.v1.list.new(hub.all(params, env)))
