local kube = import 'kuplet/lib/kube.libsonnet';
local modelSource = import 'kuplet/tf-serving/model-source.libsonnet';

local ports = { grpc: 8500, rest: 8501 };
local metricsPath = '/monitoring/prometheus/metrics';

{
  parts(params)::
    local isScaled = params.maxReplicas > 0;
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
    path: modelSource.of(params, modelName(params)).basePath,
    versions:
      if params.modelVersion > 0
      then 'specific { versions: %d }' % params.modelVersion
      else 'latest { num_versions: 1 }',
  },

  local deployment(params, isScaled) = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(params),
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
        spec: pod(params, modelSource.of(params, modelName(params))),
      },
    },
  },

  local scrapeAnnotations(params) = if !params.enablePrometheus then {} else {
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': std.toString(ports.rest),
    'prometheus.io/path': metricsPath,
  },

  local pod(params, source) =
    kube.pod(1000) + kube.placement(params.nodeSelector, params.tolerations, params.numGpus) + {
      [if params.serviceAccount != '' then 'serviceAccountName']: params.serviceAccount,
      [if source.initContainers != [] then 'initContainers']: source.initContainers,
      containers: [container(params, source)],
      volumes: [{ name: 'config', configMap: { name: params.name } }] + source.volumes,
    },

  local container(params, source) = probes(params) {
    name: 'model-server',
    image: if params.numGpus > 0 then params.modelServerGpuImage else params.modelServerImage,
    command: ['/usr/bin/tensorflow_model_server'],
    args: arguments(params),
    [if source.env != {} then 'env']: kube.env(source.env),
    ports: [{ name: name, containerPort: ports[name] } for name in std.objectFields(ports)],
    // The Service stops sending requests a moment after the pod is told to stop.
    lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
    resources: kube.resources(
      params.cpu, params.memory, params.cpuLimit, params.memoryLimit, params.numGpus
    ),
    securityContext: kube.containerSecurity,
    volumeMounts: [
      { name: 'config', mountPath: '/etc/tf-serving', readOnly: true },
    ] + source.mounts,
  },

  local arguments(params) = [
    '--port=%(grpc)d' % ports,
    '--rest_api_port=%(rest)d' % ports,
    '--model_config_file=/etc/tf-serving/models.config',
  ] + (if params.batching == {} then [] else [
         '--enable_batching=true',
         '--batching_parameters_file=/etc/tf-serving/batching.config',
       ])
    + (if !params.enablePrometheus then [] else [
         '--monitoring_config_file=/etc/tf-serving/monitoring.config',
       ]),

  // The server opens its ports after the first load, so until then only the startup probe counts.
  // Whether a model can be used is told by its metadata: they cannot be had before it is loaded,
  // while its status answers 200 in every state.
  local probes(params) = {
    local period = 5,
    local metadataPath = '/v1/models/%s%s/metadata' % [
      modelName(params),
      if params.modelVersion > 0 then '/versions/%d' % params.modelVersion else '',
    ],

    startupProbe: {
      tcpSocket: { port: 'grpc' },
      periodSeconds: period,
      failureThreshold: std.ceil(params.loadTimeoutSeconds / period),
    },
    livenessProbe: { tcpSocket: { port: 'grpc' }, periodSeconds: 20 },
    readinessProbe: { httpGet: { path: metadataPath, port: 'rest' }, periodSeconds: period },
  },

  local service(params) = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(params),
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
