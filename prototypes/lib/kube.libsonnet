// What all packages say in the same way: names and labels, resources, and pods without rights
// that they do not need. A part is one piece of a component: the `server` of a `tf-serving`.
{
  // The namespace that objects without one of their own end up in.
  namespace(params, env):: if params.namespace == '' then env.namespace else params.namespace,

  // The labels of a part; as a selector they find its pods and no others.
  labels(prototype, params, part):: {
    'app.kubernetes.io/name': prototype,
    'app.kubernetes.io/instance': params.name,
    'app.kubernetes.io/component': part,
  },

  metadata(prototype, params, part, name=params.name):: {
    name: name,
    // Else left to kuplet, which knows the namespace of the environment.
    [if params.namespace != '' then 'namespace']: params.namespace,
    labels: $.labels(prototype, params, part),
  },

  // The labels by which Kueue finds its queue and its priority there.
  queue(params):: {
    [if params.queue != '' then 'kueue.x-k8s.io/queue-name']: params.queue,
    [if params.priority != '' then 'kueue.x-k8s.io/priority-class']: params.priority,
  },

  // {NAME: value} as the list that containers want; an object is a `valueFrom`.
  env(variables):: [
    { name: name } + (
      if std.isObject(variables[name])
      then { valueFrom: variables[name] }
      else { value: std.toString(variables[name]) }
    )
    for name in std.objectFields(variables)
  ],

  fromSecret(secret, key):: { secretKeyRef: { name: secret, key: key } },

  // Requests, and limits where there are any. Memory without a limit of its own is limited to what
  // it requests: memory cannot be throttled, so a pod that takes more puts its neighbours at risk.
  resources(cpu, memory, cpuLimit='', memoryLimit='', gpus=0):: {
    requests: { cpu: std.toString(cpu), memory: memory },
    limits: {
      [if std.toString(cpuLimit) != '' then 'cpu']: std.toString(cpuLimit),
      memory: if memoryLimit == '' then memory else memoryLimit,
      [if gpus > 0 then 'nvidia.com/gpu']: std.toString(gpus),
    },
  },

  // Where pods may run. Clouds taint their GPU nodes, so that only pods that use a GPU run there.
  placement(nodeSelector, tolerations, gpus=0)::
    local gpuTolerations = if gpus == 0 then [] else [
      { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
    ];
    {
      [if nodeSelector != {} then 'nodeSelector']: nodeSelector,
      [if tolerations + gpuTolerations != [] then 'tolerations']: tolerations + gpuTolerations,
    },

  // What every pod's spec starts from; user 0 stands for the user that the image names.
  pod(user):: {
    automountServiceAccountToken: false,
    enableServiceLinks: false,  // variables named after Services clash with those of programs
    securityContext: { seccompProfile: { type: 'RuntimeDefault' } } + if user == 0 then {} else {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      fsGroupChangePolicy: 'OnRootMismatch',
    },
  },

  containerSecurity:: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
  },

  // An annotation of pods: they are replaced when the files that they read at start change.
  checksum(files):: { 'checksum/config': std.md5(std.manifestJsonEx(files, '')) },
}
