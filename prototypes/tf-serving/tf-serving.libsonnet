local files = import 'kuplet/lib/files.libsonnet';
local kube = import 'kuplet/lib/kube.libsonnet';

local ports = { grpc: 8500, http: 8501 };
local metricsPath = '/monitoring/prometheus/metrics';

{
  parts(params)::
    local isScaled = params.maxReplicas > 0;
    assert !isScaled || params.maxReplicas >= params.replicas :
           'maxReplicas must be at least replicas, which is %(replicas)d' % params;
    {
      config: config(params),
      deployment: deployment(params, isScaled),
      service: service(params),
      [if isScaled then 'autoscaler']: autoscaler(params),
      // With a single pod it would keep nodes from being drained.
      [if params.replicas > 1 then 'disruptionBudget']: disruptionBudget(params),
    },

  local metadata(params) = kube.metadata('tf-serving', params, 'server'),
  local labels(params) = kube.labels('tf-serving', params, 'server'),
  local modelName(params) = if params.modelName == '' then params.name else params.modelName,
  local isPinned(params) = params.modelVersion > 0,

  local source(params) =
    files.source(params.modelPath, params.modelStoragePvc, params.gcpCredentialSecretName),

  local config(params) = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(params),
    data: configFiles(params),
  },

  // Protocol buffers in text form.
  local configFiles(params) = {
    'models.config': modelsConfig(params),
    [if params.batching != {} then 'batching.config']: std.join('', [
      '%s { value: %s }\n' % [key, std.toString(params.batching[key])]
      for key in std.objectFields(params.batching)
    ]),
    [if params.enablePrometheus then 'monitoring.config']:
      'prometheus_config { enable: true, path: "%s" }\n' % metricsPath,
  },

  local modelsConfig(params) = |||
    model_config_list {
      config {
        name: "%(name)s"
        base_path: "%(path)s"
        model_platform: "tensorflow"
        model_version_policy { %(versions)s }
      }
    }
  ||| % {
    name: modelName(params),
    path: source(params).path,
    versions:
      if isPinned(params)
      then 'specific { versions: %d }' % params.modelVersion
      else 'latest { num_versions: 1 }',
  },

  local deployment(params, isScaled) = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(params) + { labels+: kube.queue(params) },
    spec: {
      [if !isScaled then 'replicas']: params.replicas,  // else the autoscaler's
      selector: { matchLabels: labels(params) },
      // Loading is no lack of progress.
      progressDeadlineSeconds: params.loadTimeoutSeconds + 300,
      template: {
        metadata: {
          labels: labels(params),
          annotations: kube.checksum(configFiles(params)) + scrapeAnnotations(params),
        },
        spec: pod(params),
      },
    },
  },

  local scrapeAnnotations(params) = if !params.enablePrometheus then {} else {
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': std.toString(ports.http),
    'prometheus.io/path': metricsPath,
  },

  local pod(params) =
    kube.pod(1000) + kube.placement(params.nodeSelector, params.tolerations, params.numGpus) + {
      [if params.serviceAccount != '' then 'serviceAccountName']: params.serviceAccount,
      [if files.isCopied(params.modelPath) then 'initContainers']: [fetchModel(params)],
      containers: [server(params)],
      volumes: [{ name: 'config', configMap: { name: params.name } }] + source(params).volumes,
    },

  local fetchModel(params) =
    local version = if isPinned(params) then '/%d' % params.modelVersion else '';
    files.copier(params, 'fetch-model', importstr 'fetch-model.sh', [
      files.remote(params.modelPath) + version,
      source(params).path + version,
    ]),

  local server(params) = {
    name: 'model-server',
    image: if params.numGpus > 0 then params.modelServerGpuImage else params.modelServerImage,
    command: ['/usr/bin/tensorflow_model_server'],
    args: arguments(params),
    [if source(params).env != {} then 'env']: kube.env(source(params).env),
    ports: [{ name: name, containerPort: ports[name] } for name in std.objectFields(ports)],
    // The Service goes on sending requests for a moment after the pod is told to stop.
    lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
    resources: kube.resources(
      params.cpu, params.memory, params.cpuLimit, params.memoryLimit, params.numGpus
    ),
    securityContext: kube.containerSecurity,
    volumeMounts: [
      { name: 'config', mountPath: '/etc/tf-serving', readOnly: true },
    ] + source(params).mounts,
  } + probes(params),

  local arguments(params) = std.flattenArrays([
    [
      '--port=%(grpc)d' % ports,
      '--rest_api_port=%(http)d' % ports,
      '--model_config_file=/etc/tf-serving/models.config',
    ],
    if params.batching == {} then [] else [
      '--enable_batching=true',
      '--batching_parameters_file=/etc/tf-serving/batching.config',
    ],
    if !params.enablePrometheus then [] else [
      '--monitoring_config_file=/etc/tf-serving/monitoring.config',
    ],
  ]),

  // The server opens its ports after the first load, so until then only the startup probe counts.
  // Whether a model can be used is told by its metadata: they cannot be had before it is loaded,
  // while its status answers 200 in every state.
  local probes(params) = {
    local period = 5,
    local metadataPath = '/v1/models/%s%s/metadata' % [
      modelName(params),
      if isPinned(params) then '/versions/%d' % params.modelVersion else '',
    ],

    startupProbe: {
      tcpSocket: { port: 'grpc' },
      periodSeconds: period,
      failureThreshold: std.ceil(params.loadTimeoutSeconds / period),
    },
    livenessProbe: { tcpSocket: { port: 'grpc' }, periodSeconds: 20 },
    readinessProbe: { httpGet: { path: metadataPath, port: 'http' }, periodSeconds: period },
  },

  local service(params) = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(params) + {
      // Where kuplet promote asks which version is the newest.
      [if !isPinned(params) then 'annotations']: {
        'kuplet.dev/model-version':
          'modelVersion=:%d/v1/models/%s' % [ports.http, modelName(params)],
      },
    },
    spec: {
      type: params.serviceType,
      selector: labels(params),
      ports: [
        { name: name, port: ports[name], targetPort: name }
        for name in std.objectFields(ports)
      ],
    },
  },

  local autoscaler(params) = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadata(params),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: params.name },
      minReplicas: params.replicas,
      maxReplicas: params.maxReplicas,
      metrics: [{
        type: 'Resource',
        resource: {
          name: 'cpu',
          target: { type: 'Utilization', averageUtilization: params.targetCpuUtilization },
        },
      }],
    },
  },

  local disruptionBudget(params) = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadata(params),
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: labels(params) },
    },
  },
}
