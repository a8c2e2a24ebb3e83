// GPUs: counted by the nodes (`nvidia.com/gpu`), or asked for as devices of a DeviceClass, which the
// parameter `gpu_class` names.
//
// Pods ask for devices with a ResourceClaimTemplate of resource.k8s.io/v1, which Kubernetes has since
// 1.34. Its spec cannot be changed, so its name holds a hash.
local kube = import 'kuplet/lib/kube.libsonnet';

local claim = 'gpus';

local isClaimed(params, gpus) = gpus > 0 && params.gpu_class != '';

local spec(params, gpus) = {
  devices: {
    requests: [{ name: claim, exactly: { deviceClassName: params.gpu_class, count: gpus } }],
  },
};

local templateName(params, gpus) =
  local hash = std.md5(std.manifestJsonEx(spec(params, gpus), ''));
  '%s-gpus-%s' % [params.name, std.substr(hash, 0, 6)];

{
  // The template, a part of the component.
  parts(prototype, params, gpus)::
    assert params.gpu_class == '' || gpus > 0 :
           'gpu_class says which devices: say how many, too';
    {
      [if isClaimed(params, gpus) then 'gpus']: {
        apiVersion: 'resource.k8s.io/v1',
        kind: 'ResourceClaimTemplate',
        metadata: kube.metadata(prototype, params, 'gpus', templateName(params, gpus)),
        spec: { spec: spec(params, gpus) },
      },
    },

  // What the spec of a pod needs for them.
  pod(params, gpus):: if !isClaimed(params, gpus) then {} else {
    resourceClaims: [{ name: claim, resourceClaimTemplateName: templateName(params, gpus) }],
  },

  // What a container may use, GPUs included.
  resources(params, gpus)::
    local counted = if isClaimed(params, gpus) then 0 else gpus;
    kube.resources(params.cpu, params.memory, params.cpu_limit, params.memory_limit, counted)
    + if isClaimed(params, gpus) then { claims: [{ name: claim }] } else {},
}
