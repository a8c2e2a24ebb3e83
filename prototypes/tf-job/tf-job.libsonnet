local devices = import 'kuplet/lib/devices.libsonnet';
local job = import 'kuplet/lib/job.libsonnet';
local kube = import 'kuplet/lib/kube.libsonnet';
local s3 = import 'kuplet/lib/s3.libsonnet';

{
  parts(params):: { job: tfJob(params) } + devices.parts('tf-job', params, params.num_gpus),

  local tfJob(params) = {
    apiVersion: 'kubeflow.org/v1',
    kind: 'TFJob',
    metadata: kube.metadata('tf-job', params, 'training') + { labels+: kube.queue(params) },
    spec: {
      runPolicy: job.runPolicy(params),
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

  local replicas(params, role, number, gpus=0) = {
    // The operator looks for this name.
    local container = job.container(
      params, 'tensorflow', image(params, gpus), gpus, s3Environment(params)
    ),

    replicas: number,
    restartPolicy: params.restart_policy,
    template: {
      metadata: { labels: kube.labels('tf-job', params, role) },
      spec: job.pod(params, container, gpus),
    },
  },

  local image(params, gpus) =
    if gpus > 0 && params.image_gpu != '' then params.image_gpu else params.image,

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
}
