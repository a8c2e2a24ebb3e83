local kube = import 'kuplet/lib/kube.libsonnet';
local logSource = import 'kuplet/tensorboard/log-source.libsonnet';

{
  parts(params):: {
    deployment: deployment(params),
    service: service(params),
  },

  local metadata(params) = kube.metadata('tensorboard', params, 'server'),
  local labels(params) = kube.labels('tensorboard', params, 'server'),

  local deployment(params) = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(params),
    spec: {
      replicas: 1,  // each would read all logs by itself
      selector: { matchLabels: labels(params) },
      template: {
        metadata: { labels: labels(params) },
        spec: pod(params, logSource.of(params)),
      },
    },
  },

  local pod(params, source) =
    kube.pod(1000) + kube.placement(params.nodeSelector, params.tolerations) + {
      [if params.serviceAccount != '' then 'serviceAccountName']: params.serviceAccount,
      containers: [container(params, source)] + source.sidecars,
      [if source.volumes != [] then 'volumes']: source.volumes,
    },

  local container(params, source) = {
    name: 'tensorboard',
    image: params.defaultTbImage,
    command: ['tensorboard'],
    args: ['--logdir=' + source.path, '--bind_all', '--port=%d' % params.targetPort],
    [if source.env != {} then 'env']: kube.env(source.env),
    ports: [{ name: 'http', containerPort: params.targetPort }],
    startupProbe: probe { periodSeconds: 5, failureThreshold: 36 },  // Python has much to import
    livenessProbe: probe { periodSeconds: 20 },
    readinessProbe: probe { periodSeconds: 10 },
    resources:
      kube.resources(params.cpu, params.memory, params.cpuLimit, params.memoryLimit),
    securityContext: kube.containerSecurity,
    [if source.mounts != [] then 'volumeMounts']: source.mounts,
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
