// JupyterHub: the hub and its proxy in one pod, which start the notebooks as pods next to it.
local clouds = import 'kuplet/core/clouds.libsonnet';
local kube = import 'kuplet/lib/kube.libsonnet';

local name = 'jupyterhub';
local apiName = name + '-api';
local ports = { proxy: 8000, hub: 8081 };
local keys = { user: 'user-password', admin: 'admin-password', proxy: 'proxy-token' };

local rule(resources, verbs) = { apiGroups: [''], resources: resources, verbs: verbs };
local readOnly = ['get', 'list', 'watch'];

{
  parts(params, namespace):: {
    serviceAccount: {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: metadata(params),
    },
    role: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: metadata(params),
      rules: [
        rule(['pods', 'persistentvolumeclaims'], readOnly + ['create', 'delete']),
        rule(['events'], readOnly),
      ],
    },
    roleBinding: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: metadata(params),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: name },
      subjects: [{ kind: 'ServiceAccount', name: name, namespace: namespace }],
    },
    secret: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata(params) {
        annotations: { 'kuplet.dev/generate': '%(user)s:20 %(admin)s:40 %(proxy)s:64' % keys },
      },
      type: 'Opaque',
    },
    config: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata(params),
      data: configFiles(params, namespace),
    },
    volume: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: metadata(params),
      spec: {
        accessModes: ['ReadWriteOnce'],
        [if storageClass(params) != '' then 'storageClassName']: storageClass(params),
        resources: { requests: { storage: '1Gi' } },  // users and tokens, not their files
      },
    },
    service: service(params),
    apiService: apiService(params),
    deployment: deployment(params, namespace),
  },

  local metadata(params, objectName=name) =
    kube.metadata('core', params, 'jupyterhub', objectName),
  local labels(params) = kube.labels('core', params, 'jupyterhub'),
  local cloud(params) = clouds[params.cloud],

  local storageClass(params) =
    if params.storageClass == '' then cloud(params).storageClass else params.storageClass,

  local service(params) = {
    local isAuto = params.jupyterHubServiceType == 'auto',
    local type = if isAuto then cloud(params).serviceType else params.jupyterHubServiceType,
    local annotations = if type == 'LoadBalancer' then cloud(params).serviceAnnotations else {},

    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(params) + if annotations == {} then {} else { annotations: annotations },
    spec: {
      type: type,
      selector: labels(params),
      ports: [{ name: 'http', port: 80, targetPort: 'proxy' }],
    },
  },

  // For notebooks; apart from the other Service, so that a load balancer never offers it.
  local apiService(params) = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(params, apiName),
    spec: {
      selector: labels(params),
      ports: [{ name: 'hub', port: ports.hub, targetPort: 'hub' }],
    },
  },

  local configFiles(params, namespace) = {
    'jupyterhub_config.py': importstr 'jupyterhub_config.py',
    'extra_config.py': params.jupyterHubExtraConfig,
    'settings.json': std.manifestJsonEx({
      hubUrl: 'http://%s.%s:%d' % [apiName, namespace, ports.hub],
      authenticator: params.jupyterHubAuthenticator,
      admins: params.jupyterHubAdmins,
      spawner: spawner(params, namespace),
    }, '  '),
  },

  // Traits of KubeSpawner.
  local spawner(params, namespace) =
    commonTraits(params, namespace)
    + (if params.jupyterNotebookGpus > 0 then gpuTraits(params) else {})
    + (if params.jupyterNotebookPVCMount != '' then volumeTraits(params) else {}),

  local commonTraits(params, namespace) = {
    namespace: namespace,
    image: params.jupyterNotebookImage,
    start_timeout: 600,  // the images are large
    uid: 1000,  // jovyan, the user of the images
    fs_gid: 100,
    allow_privilege_escalation: false,
    cpu_guarantee: params.jupyterNotebookCpu,
    mem_guarantee: params.jupyterNotebookMemory,
    mem_limit: params.jupyterNotebookMemory,
    common_labels: {
      'app.kubernetes.io/name': 'jupyterhub',
      'app.kubernetes.io/instance': params.name,
      'app.kubernetes.io/managed-by': 'kubespawner',
    },
  },

  local gpuTraits(params) = {
    image: params.jupyterNotebookGpuImage,
    extra_resource_limits: { 'nvidia.com/gpu': std.toString(params.jupyterNotebookGpus) },
    node_selector: cloud(params).gpuNodeSelector,
    tolerations: cloud(params).gpuTolerations,
  },

  local volumeTraits(params) = {
    storage_pvc_ensure: true,
    storage_capacity: params.jupyterNotebookStorage,
    storage_access_modes: ['ReadWriteOnce'],
    [if storageClass(params) != '' then 'storage_class']: storageClass(params),
    volumes: {
      home: { name: 'home', persistentVolumeClaim: { claimName: '{pvc_name}' } },
    },
    volume_mounts: { home: { name: 'home', mountPath: params.jupyterNotebookPVCMount } },
  },

  local deployment(params, namespace) = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(params),
    spec: {
      replicas: 1,
      strategy: { type: 'Recreate' },  // the volume is for one pod at a time
      selector: { matchLabels: labels(params) },
      template: {
        metadata: {
          labels: labels(params),
          annotations: kube.checksum(configFiles(params, namespace)),
        },
        spec: kube.pod(1000) {
          automountServiceAccountToken: true,
          serviceAccountName: name,
          containers: [hub(params), proxy(params)],
          volumes: [
            { name: 'config', configMap: { name: name } },
            { name: 'data', persistentVolumeClaim: { claimName: name } },
          ],
        },
      },
    },
  },

  local hub(params) = {
    name: 'hub',
    image: params.jupyterHubImage,
    args: ['jupyterhub', '--config=/etc/jupyterhub/jupyterhub_config.py', '--upgrade-db'],
    env: kube.env({
      CONFIGPROXY_AUTH_TOKEN: kube.fromSecret(name, keys.proxy),
      USER_PASSWORD: kube.fromSecret(name, keys.user),
      ADMIN_PASSWORD: kube.fromSecret(name, keys.admin),
    }),
    [if params.jupyterHubEnvSecret != '' then 'envFrom']:
      [{ secretRef: { name: params.jupyterHubEnvSecret } }],
    ports: [{ name: 'hub', containerPort: ports.hub }],
    // A new version may have to convert the database first.
    startupProbe: probe('/hub/health', 'hub') { periodSeconds: 5, failureThreshold: 60 },
    livenessProbe: probe('/hub/health', 'hub') { periodSeconds: 20 },
    readinessProbe: probe('/hub/health', 'hub') { periodSeconds: 10 },
    resources: kube.resources(params.jupyterHubCpu, params.jupyterHubMemory),
    securityContext: kube.containerSecurity,
    volumeMounts: [
      { name: 'config', mountPath: '/etc/jupyterhub', readOnly: true },
      { name: 'data', mountPath: '/srv/jupyterhub' },
    ],
  },

  local proxy(params) = {
    name: 'proxy',
    image: params.jupyterHubProxyImage,
    command: [
      'configurable-http-proxy',
      '--ip=',  // every address, IPv6 too
      '--port=%(proxy)d' % ports,
      '--api-ip=127.0.0.1',
      '--api-port=8001',
      '--default-target=http://127.0.0.1:%(hub)d' % ports,
      '--error-target=http://127.0.0.1:%(hub)d/hub/error' % ports,
    ],
    env: kube.env({ CONFIGPROXY_AUTH_TOKEN: kube.fromSecret(name, keys.proxy) }),
    ports: [{ name: 'proxy', containerPort: ports.proxy }],
    livenessProbe: probe('/_chp_healthz', 'proxy') { periodSeconds: 20 },
    readinessProbe: probe('/_chp_healthz', 'proxy') { periodSeconds: 10 },
    resources: kube.resources('100m', '128Mi'),
    securityContext: kube.containerSecurity,
  },

  local probe(path, port) = { httpGet: { path: path, port: port }, timeoutSeconds: 3 },
}
