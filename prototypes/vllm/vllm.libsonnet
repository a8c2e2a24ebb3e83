local devices = import 'kuplet/lib/devices.libsonnet';
local files = import 'kuplet/lib/files.libsonnet';
local kube = import 'kuplet/lib/kube.libsonnet';

local port = 8000;
local cache = '/cache';

{
  parts(params)::
    local isGroup = params.nodes > 1;
    devices.parts('vllm', params, params.gpus) + {
      [if isGroup then 'group']: group(params),
      [if !isGroup then 'deployment']: deployment(params),
      service: service(params),
      // With a single pod it would keep nodes from being drained.
      [if !isGroup && params.replicas > 1 then 'disruptionBudget']: disruptionBudget(params),
    },

  local labels(params, part='server') = kube.labels('vllm', params, part),

  local metadata(params, name=params.name) =
    kube.metadata('vllm', params, 'server', name) + { labels+: kube.queue(params) },

  local deployment(params) = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(params),
    spec: {
      replicas: params.replicas,
      selector: { matchLabels: labels(params) },
      // Loading is no lack of progress.
      progressDeadlineSeconds: params.load_timeout_seconds + 300,
      template: {
        metadata: { labels: labels(params) },
        spec: pod(params, server(params, []) + probes(params)),
      },
    },
  },

  // Its controller makes a Service of its name, so it does not have that of the component.
  local group(params) = {
    local together = [
      '--distributed-executor-backend=mp',
      '--pipeline-parallel-size=%d' % params.nodes,
      '--nnodes=%d' % params.nodes,
      '--node-rank=$(LWS_WORKER_INDEX)',
      '--master-addr=$(LWS_LEADER_ADDRESS)',
    ],

    apiVersion: 'leaderworkerset.x-k8s.io/v1',
    kind: 'LeaderWorkerSet',
    metadata: metadata(params, params.name + '-nodes'),
    spec: {
      replicas: params.replicas,
      leaderWorkerTemplate: {
        size: params.nodes,
        // What is left of a group cannot go on without the one that is lost.
        restartPolicy: 'RecreateGroupOnPodRestart',
        leaderTemplate: {
          metadata: { labels: labels(params) },
          spec: pod(params, server(params, together) + probes(params)),
        },
        workerTemplate: {
          metadata: { labels: labels(params, 'worker') },
          spec: pod(params, server(params, together + ['--headless'])),
        },
      },
    },
  },

  local isOfHub(params) = !files.isCopied(params.model) && !std.startsWith(params.model, '/'),

  // Where the server finds the model: {path, volumes, mounts, env}.
  local source(params) =
    if isOfHub(params) then {
      path: params.model,
      volumes: [{ name: 'cache' } + (
        if params.pvc == '' then { emptyDir: {} }
        else { persistentVolumeClaim: { claimName: params.pvc } }
      )],
      mounts: [{ name: 'cache', mountPath: cache }],
      env: {
        HF_HOME: cache,
        [if params.hf_token_secret != '' then 'HF_TOKEN']:
          kube.fromSecret(params.hf_token_secret, params.hf_token_key),
      },
    } else files.source(params.model, params.pvc, ''),

  local pod(params, container) =
    kube.pod(params.run_as_user)
    + kube.placement(params.node_selector, params.tolerations, params.gpus)
    + devices.pod(params, params.gpus)
    + {
      [if params.service_account != '' then 'serviceAccountName']: params.service_account,
      [if params.priority_class != '' then 'priorityClassName']: params.priority_class,
      [if params.image_pull_secrets != [] then 'imagePullSecrets']:
        [{ name: name } for name in params.image_pull_secrets],
      [if files.isCopied(params.model) then 'initContainers']: [fetchModel(params)],
      containers: [container],
      volumes: [
        { name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: params.shm_size } },
      ] + source(params).volumes,
    },

  local fetchModel(params) =
    local named = params {
      s3SecretName: '',
      s3Endpoint: '',
      s3FetchImage: params.fetch_image,
    };
    files.copier(named, 'fetch-model', importstr 'kuplet/tf-serving/fetch-model.sh', [
      files.remote(params.model),
      source(params).path,
    ]),

  local server(params, further) =
    // Caches are kept at home, and the image's belongs to root.
    local home = if params.run_as_user == 0 then {} else { HOME: '/tmp' };
    local variables = home + source(params).env + params.env;
    {
      name: 'vllm',
      image: params.image,
      command: ['vllm', 'serve', source(params).path],
      args: arguments(params) + further + [std.toString(arg) for arg in params.args],
      [if variables != {} then 'env']: kube.env(variables),
      ports: [{ name: 'http', containerPort: port }],
      resources: devices.resources(params, params.gpus),
      securityContext: kube.containerSecurity,
      volumeMounts: [{ name: 'shm', mountPath: '/dev/shm' }] + source(params).mounts,
    },

  local arguments(params) = [
    '--port=%d' % port,
    '--served-model-name=' + (if params.model_name == '' then params.name else params.model_name),
  ] + (
    if params.revision == '' then [] else ['--revision=' + params.revision]
  ) + (
    if params.gpus < 2 then [] else ['--tensor-parallel-size=%d' % params.gpus]
  ),

  // Models are listed when they can be asked. The health check answers earlier.
  local probes(params) = {
    local period = 10,
    local models = { httpGet: { path: '/v1/models', port: 'http' } },

    startupProbe: models {
      periodSeconds: period,
      timeoutSeconds: 5,
      failureThreshold: std.ceil(params.load_timeout_seconds / period),
    },
    livenessProbe: {
      httpGet: { path: '/health', port: 'http' },
      periodSeconds: 20,
      timeoutSeconds: 10,
      failureThreshold: 6,
    },
    readinessProbe: models { periodSeconds: period, timeoutSeconds: 5 },
  },

  local service(params) = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: kube.metadata('vllm', params, 'server'),
    spec: {
      type: params.service_type,
      selector: labels(params),
      ports: [{ name: 'http', port: port, targetPort: 'http' }],
    },
  },

  local disruptionBudget(params) = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: kube.metadata('vllm', params, 'server'),
    spec: { maxUnavailable: 1, selector: { matchLabels: labels(params) } },
  },
}
