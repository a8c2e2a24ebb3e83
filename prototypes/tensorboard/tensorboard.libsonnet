local files = import 'kuplet/lib/files.libsonnet';
local kube = import 'kuplet/lib/kube.libsonnet';

{
  parts(params):: {
    deployment: deployment(params),
    service: service(params),
  },

  local metadata(params) = kube.metadata('tensorboard', params, 'server'),
  local labels(params) = kube.labels('tensorboard', params, 'server'),

  local source(params) =
    files.source(params.logDir, params.logStoragePvc, params.gcpCredentialSecretName),

  local deployment(params) = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(params) + { labels+: kube.queue(params) },
    spec: {
      replicas: 1,  // each would read all logs by itself
      selector: { matchLabels: labels(params) },
      template: {
        metadata: { labels: labels(params) },
        spec: pod(params),
      },
    },
  },

  local pod(params) =
    kube.pod(1000) + kube.placement(params.nodeSelector, params.tolerations) + {
      [if params.serviceAccount != '' then 'serviceAccountName']: params.serviceAccount,
      containers:
        [server(params)] + if files.isCopied(params.logDir) then [fetchLogs(params)] else [],
      [if source(params).volumes != [] then 'volumes']: source(params).volumes,
    },

  local fetchLogs(params) = files.copier(params, 'fetch-logs', importstr 'fetch-logs.sh', [
    files.remote(params.logDir),
    source(params).path,
    std.toString(params.s3FetchSeconds),
  ]),

  local server(params) = {
    name: 'tensorboard',
    image: params.defaultTbImage,
    command: ['tensorboard'],
    args: ['--logdir=' + source(params).path, '--bind_all', '--port=%d' % params.targetPort],
    [if source(params).env != {} then 'env']: kube.env(source(params).env),
    ports: [{ name: 'http', containerPort: params.targetPort }],
    startupProbe: probe { periodSeconds: 5, failureThreshold: 36 },  // Python has much to import
    livenessProbe: probe { periodSeconds: 20 },
    readinessProbe: probe { periodSeconds: 10 },
    resources:
      kube.resources(params.cpu, params.memory, params.cpuLimit, params.memoryLimit),
    securityContext: kube.containerSecurity,
    [if source(params).mounts != [] then 'volumeMounts']: source(params).mounts,
  },

  local probe = { httpGet: { path: '/', port: 'http' }, timeoutSeconds: 5 },

  local service(params) = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(params),
    spec: {
      type: params.serviceType,
      selector: labels(params),
      ports: [{ name: 'http', port: params.servicePort, targetPort: 'http' }],
    },
  },
}
