// @apiVersion 0.1
// @name io.ksonnet.pkg.ml-hub
// @description A hub for notebooks. It has two parts:
//   a configuration and a server.
// @shortDescription A hub for notebooks.
// @param name string Name of the component
// @optionalParam image string hub:1 Image of the hub
// @optionalParam cloud string null Cloud it runs on
// @optionalParam disks string null Comma separated names of disks
// @optionalParam prefix string  Two spaces: empty by default

local k = import "k.libsonnet";
local hub = import "ml/core/hub.libsonnet";

std.prune(k.core.v1.list.new(hub.all(params, env)))
