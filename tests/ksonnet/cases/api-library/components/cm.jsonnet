local k = import 'k.libsonnet';

local containers = k.apps.v1beta1.deployment.mixin.spec.template.spec.containersType;
local web = containers.new('web', 'nginx:1.27.3').withPorts(containers.portsType.new(80));

k.core.v1.list.new([
  k.apps.v1beta1.deployment.new('web', 2, web, { app: 'web' }),
  k.core.v1.service.new('web', { app: 'web' }, { port: 80, targetPort: 80 }),
])
