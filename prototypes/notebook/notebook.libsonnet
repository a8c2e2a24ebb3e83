local devices = import 'kuplet/lib/devices.libsonnet';
local kube = import 'kuplet/lib/kube.libsonnet';
local s3 = import 'kuplet/lib/s3.libsonnet';

local port = 8888;
local user = 1000;  // of Jupyter's images
local home = '/home/jovyan';

{
  parts(params)::
    local isGenerated = params.token_secret == '';
    local secret = if isGenerated then params.name else params.token_secret;
    devices.parts('notebook', params, params.gpus) + {
      [if isGenerated then 'token']: token(params),
      service: service(params),
      notebook: statefulSet(params, secret),
    },

  local labels(params) = kube.labels('notebook', params, 'notebook'),
  local metadata(params) = kube.metadata('notebook', params, 'notebook'),

  local token(params) = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata(params) { annotations: { 'kuplet.dev/generate': 'token:40' } },
    type: 'Opaque',
  },

  local service(params) = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(params),
    spec: {
      selector: labels(params),
      ports: [{ name: 'http', port: port, targetPort: 'http' }],
    },
  },

  local statefulSet(params, secret) = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadata(params) + { labels+: kube.queue(params) },
    spec: {
      replicas: if params.stopped then 0 else 1,
      serviceName: params.name,
      selector: { matchLabels: labels(params) },
      template: {
        metadata: { labels: labels(params) },
        spec: pod(params) { containers: [container(params, secret)] },
      },
      volumeClaimTemplates: [claim(params)],
    },
  },

  local pod(params) =
    kube.pod(user)
    + kube.placement(params.node_selector, params.tolerations, params.gpus)
    + devices.pod(params, params.gpus)
    + {
      [if params.service_account != '' then 'serviceAccountName']: params.service_account,
      [if params.priority_class != '' then 'priorityClassName']: params.priority_class,
      [if params.image_pull_secrets != [] then 'imagePullSecrets']:
        [{ name: name } for name in params.image_pull_secrets],
      [if params.pvc != '' then 'volumes']:
        [{ name: 'pvc', persistentVolumeClaim: { claimName: params.pvc } }],
    },

  local container(params, secret) =
    local store = if params.store == '' then {} else s3.env(s3.store(params.store));
    // Without a token, whether the server answers.
    local probe = { httpGet: { path: '/api', port: 'http' } };
    {
      name: 'notebook',
      image: if params.gpus > 0 && params.image_gpu != '' then params.image_gpu else params.image,
      command: ['start-notebook.py'],
      args: ['--ServerApp.port=%d' % port] + [std.toString(arg) for arg in params.args],
      env: kube.env({ JUPYTER_TOKEN: kube.fromSecret(secret, 'token') } + store + params.env),
      ports: [{ name: 'http', containerPort: port }],
      startupProbe: probe { periodSeconds: 5, failureThreshold: 60 },
      livenessProbe: probe { periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 6 },
      readinessProbe: probe { periodSeconds: 10, timeoutSeconds: 5 },
      resources: devices.resources(params, params.gpus),
      securityContext: kube.containerSecurity,
      volumeMounts: [{ name: 'home', mountPath: home }] + (
        if params.pvc == '' then [] else [{ name: 'pvc', mountPath: params.pvc_mount_path }]
      ),
    },

  local claim(params) = {
    metadata: { name: 'home' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      [if params.storage_class != '' then 'storageClassName']: params.storage_class,
      resources: { requests: { storage: params.storage } },
    },
  },
}
