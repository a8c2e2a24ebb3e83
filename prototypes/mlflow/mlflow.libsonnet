local kube = import 'kuplet/lib/kube.libsonnet';
local s3 = import 'kuplet/lib/s3.libsonnet';

local port = 5000;
local folder = '/mlflow';

{
  parts(params, env)::
    local needsVolume = params.database_secret == '' || params.artifacts == '';
    assert params.replicas == 1 || !needsVolume :
           'replicas share what they know by a database and a store: set database_secret and artifacts';
    {
      service: service(params),
      server: statefulSet(params, env, needsVolume),
    },

  local labels(params) = kube.labels('mlflow', params, 'server'),

  local service(params) = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: kube.metadata('mlflow', params, 'server'),
    spec: {
      type: params.service_type,
      selector: labels(params),
      ports: [{ name: 'http', port: port, targetPort: 'http' }],
    },
  },

  local statefulSet(params, env, needsVolume) = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: kube.metadata('mlflow', params, 'server') + { labels+: kube.queue(params) },
    spec: {
      replicas: params.replicas,
      serviceName: params.name,
      selector: { matchLabels: labels(params) },
      template: {
        metadata: { labels: labels(params) },
        spec: pod(params) { containers: [container(params, env, needsVolume)] },
      },
      [if needsVolume then 'volumeClaimTemplates']: [claim(params)],
    },
  },

  local pod(params) =
    kube.pod(params.run_as_user)
    + kube.placement(params.node_selector, params.tolerations)
    + {
      [if params.service_account != '' then 'serviceAccountName']: params.service_account,
      [if params.priority_class != '' then 'priorityClassName']: params.priority_class,
      [if params.image_pull_secrets != [] then 'imagePullSecrets']:
        [{ name: name } for name in params.image_pull_secrets],
    },

  local container(params, env, needsVolume) =
    // By a name that it knows, and not by the pod's address.
    local host = { name: 'Host', value: 'localhost' };
    local probe = { httpGet: { path: '/health', port: 'http', httpHeaders: [host] } };
    {
      name: 'mlflow',
      image: params.image,
      command: ['mlflow', 'server'],
      args: arguments(params, env) + [std.toString(arg) for arg in params.args],
      env: kube.env(environment(params)),
      ports: [{ name: 'http', containerPort: port }],
      // A new version changes the tables of its database first.
      startupProbe: probe { periodSeconds: 5, failureThreshold: 60 },
      livenessProbe: probe { periodSeconds: 20, timeoutSeconds: 5 },
      readinessProbe: probe { periodSeconds: 10, timeoutSeconds: 5 },
      resources: kube.resources(params.cpu, params.memory, params.cpu_limit, params.memory_limit),
      securityContext: kube.containerSecurity,
      [if needsVolume then 'volumeMounts']: [{ name: 'data', mountPath: folder }],
    },

  local arguments(params, env) = [
    '--host=0.0.0.0',
    '--port=%d' % port,
    '--serve-artifacts',
    '--artifacts-destination=' +
    (if params.artifacts == '' then folder + '/artifacts' else params.artifacts),
    // Other names are refused, so that no page in somebody's browser can ask the server.
    '--allowed-hosts=' + std.join(',', hosts(params, env)),
  ],

  local hosts(params, env) =
    local inCluster = '%s.%s' % [params.name, kube.namespace(params, env)];
    local names = [
      'localhost', '127.0.0.1', params.name, inCluster, inCluster + '.svc', inCluster + '.svc.cluster.local',
    ] + params.allowed_hosts;
    std.flattenArrays([[name, name + ':*'] for name in names]),

  local environment(params) =
    local store = if params.store == '' then {} else s3.env(s3.store(params.store));
    {
      HOME: '/tmp',
      MLFLOW_BACKEND_STORE_URI:
        if params.database_secret == '' then 'sqlite:///%s/mlflow.db' % folder
        else kube.fromSecret(params.database_secret, params.database_key),
      [if std.objectHas(store, 'AWS_ENDPOINT_URL') then 'MLFLOW_S3_ENDPOINT_URL']:
        store.AWS_ENDPOINT_URL,
    } + store + params.env,

  local claim(params) = {
    metadata: { name: 'data' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      [if params.storage_class != '' then 'storageClassName']: params.storage_class,
      resources: { requests: { storage: params.storage } },
    },
  },
}
