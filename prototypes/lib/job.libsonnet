// Pods that train, and how long they are tried: what tf-job and train have in common.
local devices = import 'kuplet/lib/devices.libsonnet';
local kube = import 'kuplet/lib/kube.libsonnet';

{
  // A pod with one container, made by `container`.
  pod(params, container, gpus)::
    kube.pod(params.run_as_user)
    + kube.placement(params.node_selector, params.tolerations, gpus)
    + devices.pod(params, gpus)
    + {
      [if params.service_account != '' then 'serviceAccountName']: params.service_account,
      [if params.priority_class != '' then 'priorityClassName']: params.priority_class,
      [if params.image_pull_secrets != [] then 'imagePullSecrets']:
        [{ name: name } for name in params.image_pull_secrets],
      containers: [container],
      [if volumes(params) != [] then 'volumes']: volumes(params),
    },

  // What the program is, what it knows and what it may use; `env` comes before the user's variables.
  container(params, name, image, gpus, env={}):: {
    name: name,
    image: image,
    [if params.command != [] then 'command']: params.command,
    [if params.args != [] then 'args']: [std.toString(arg) for arg in params.args],
    [if env + params.env != {} then 'env']: kube.env(env + params.env),
    resources: devices.resources(params, gpus),
    securityContext: kube.containerSecurity,
    [if mounts(params) != [] then 'volumeMounts']: mounts(params),
  },

  // What the training operator does with jobs of all kinds.
  runPolicy(params):: {
    cleanPodPolicy: params.clean_pod_policy,
    backoffLimit: params.backoff_limit,
    // A queue decides when the job starts.
    [if params.queue == '' || params.suspend then 'suspend']: params.suspend,
    [if params.active_deadline_seconds > 0 then 'activeDeadlineSeconds']:
      params.active_deadline_seconds,
    [if params.ttl_seconds_after_finished > 0 then 'ttlSecondsAfterFinished']:
      params.ttl_seconds_after_finished,
  },

  local volumes(params) = params.volumes + if params.pvc == '' then [] else [
    { name: 'pvc', persistentVolumeClaim: { claimName: params.pvc } },
  ],

  local mounts(params) = params.volume_mounts + if params.pvc == '' then [] else [
    { name: 'pvc', mountPath: params.pvc_mount_path },
  ],
}
