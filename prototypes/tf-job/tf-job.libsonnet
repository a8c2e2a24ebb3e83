local kube = import 'kuplet/lib/kube.libsonnet';
local s3 = import 'kuplet/lib/s3.libsonnet';

{
  parts(params):: { job: job(params) },

  local job(params) = {
    apiVersion: 'kubeflow.org/v1',
    kind: 'TFJob',
    metadata: kube.metadata('tf-job', params, 'training') + { labels+: kube.queue(params) },
    spec: {
      runPolicy: runPolicy(params),
      tfReplicaSpecs: {
        [if params.num_masters > 0 then 'Chief']:
          replicas(params, 'chief', params.num_masters, params.num_gpus),
        [if params.num_workers > 0 then 'Worker']:
          replicas(params, 'worker', params.num_workers, params.num_gpus),
        [if params.num_ps > 0 then 'PS']:
          replicas(params, 'ps', params.num_ps),
        [if params.num_evaluators > 0 then 'Evaluator']:
          replicas(params, 'evaluator', params.num_evaluators),
      },
    },
  },

  local runPolicy(params) = {
    cleanPodPolicy: params.clean_pod_policy,
    backoffLimit: params.backoff_limit,
    // A queue decides when the job starts.
    [if params.queue == '' || params.suspend then 'suspend']: params.suspend,
    [if params.active_deadline_seconds > 0 then 'activeDeadlineSeconds']:
      params.active_deadline_seconds,
    [if params.ttl_seconds_after_finished > 0 then 'ttlSecondsAfterFinished']:
      params.ttl_seconds_after_finished,
  },

  local replicas(params, role, number, gpus=0) = {
    replicas: number,
    restartPolicy: params.restart_policy,
    template: {
      metadata: { labels: kube.labels('tf-job', params, role) },
      spec: pod(params, gpus),
    },
  },

  local pod(params, gpus) =
    kube.pod(params.run_as_user)
    + kube.placement(params.node_selector, params.tolerations, gpus)
    + {
      [if params.service_account != '' then 'serviceAccountName']: params.service_account,
      [if params.priority_class != '' then 'priorityClassName']: params.priority_class,
      [if params.image_pull_secrets != [] then 'imagePullSecrets']:
        [{ name: name } for name in params.image_pull_secrets],
      containers: [container(params, gpus)],
      [if volumes(params) != [] then 'volumes']: volumes(params),
    },

  local container(params, gpus) = {
    name: 'tensorflow',  // the operator looks for this name
    image: if gpus > 0 && params.image_gpu != '' then params.image_gpu else params.image,
    [if params.command != [] then 'command']: params.command,
    [if params.args != [] then 'args']: [std.toString(arg) for arg in params.args],
    [if environment(params) != {} then 'env']: kube.env(environment(params)),
    resources:
      kube.resources(params.cpu, params.memory, params.cpu_limit, params.memory_limit, gpus),
    securityContext: kube.containerSecurity,
    [if mounts(params) != [] then 'volumeMounts']: mounts(params),
  },

  local environment(params) = s3Environment(params) + params.env,

  local s3Environment(params) =
    local used = params.store + params.s3_secret + params.s3_endpoint;
    if used == '' then {} else s3.env(s3.chosen(params, {
      secret: params.s3_secret,
      accessKeyIdKey: params.s3_access_key_id_key,
      secretAccessKeyKey: params.s3_secret_access_key_key,
      endpoint: params.s3_endpoint,
      region: params.s3_region,
      useHttps: params.s3_use_https,
      verifySsl: params.s3_verify_ssl,
    })),

  local volumes(params) = params.volumes + if params.pvc == '' then [] else [
    { name: 'pvc', persistentVolumeClaim: { claimName: params.pvc } },
  ],

  local mounts(params) = params.volume_mounts + if params.pvc == '' then [] else [
    { name: 'pvc', mountPath: params.pvc_mount_path },
  ],
}
