local devices = import 'kuplet/lib/devices.libsonnet';
local kube = import 'kuplet/lib/kube.libsonnet';
local s3 = import 'kuplet/lib/s3.libsonnet';

{
  parts(params)::
    assert params.max_replicas == 0 || params.max_replicas >= params.replicas :
           'max_replicas must be at least replicas, which is %(replicas)d' % params;
    local isOwn = params.service_account == '';
    devices.parts('kserve', params, params.gpus) + {
      [if isOwn then 'account']: account(params),
      service: inferenceService(params, if isOwn then params.name else params.service_account),
    },

  // KServe takes the credentials of stores from the Secrets that the pods' account names.
  local account(params) = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: kube.metadata('kserve', params, 'predictor'),
    automountServiceAccountToken: false,
    [if params.store != '' then 'secrets']: [{ name: s3.store(params.store).secret }],
  },

  local inferenceService(params, account) = {
    local isScaled = params.max_replicas > 0,

    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: kube.metadata('kserve', params, 'predictor') {
      labels+: kube.queue(params),
      annotations: {
        'serving.kserve.io/deploymentMode': 'Standard',
        'serving.kserve.io/autoscalerClass': if isScaled then 'hpa' else 'none',
      },
    },
    spec: {
      predictor: pod(params, account) + {
        minReplicas: params.replicas,
        maxReplicas: if isScaled then params.max_replicas else params.replicas,
        [if isScaled then 'scaleMetric']: 'cpu',
        [if isScaled then 'scaleTarget']: params.target_cpu_utilization,
        model: model(params),
      },
    },
  },

  local pod(params, account) =
    kube.pod(params.run_as_user)
    + kube.placement(params.node_selector, params.tolerations, params.gpus)
    + devices.pod(params, params.gpus)
    + {
      serviceAccountName: account,
      [if params.priority_class != '' then 'priorityClassName']: params.priority_class,
      [if params.image_pull_secrets != [] then 'imagePullSecrets']:
        [{ name: name } for name in params.image_pull_secrets],
    },

  local model(params) = {
    modelFormat: {
      name: params.model_format,
      [if params.model_format_version != '' then 'version']: params.model_format_version,
    },
    storageUri: params.storage_uri,
    [if params.runtime != '' then 'runtime']: params.runtime,
    [if params.runtime_version != '' then 'runtimeVersion']: params.runtime_version,
    [if params.protocol_version != '' then 'protocolVersion']: params.protocol_version,
    [if params.args != [] then 'args']: [std.toString(arg) for arg in params.args],
    [if params.env != {} then 'env']: kube.env(params.env),
    resources: devices.resources(params, params.gpus),
  },
}
