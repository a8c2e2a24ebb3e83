local devices = import 'kuplet/lib/devices.libsonnet';
local job = import 'kuplet/lib/job.libsonnet';
local kube = import 'kuplet/lib/kube.libsonnet';
local s3 = import 'kuplet/lib/s3.libsonnet';
local tfJob = import 'kuplet/tf-job/tf-job.libsonnet';
local trainJob = import 'kuplet/train/trainjob.libsonnet';

// Where torch's processes meet, unless a controller says so.
local port = 29500;

{
  parts(params)::
    assert params.backend == 'tfjob' || params.num_ps + params.num_evaluators == 0 :
           'num_ps and num_evaluators are roles of a tfjob, and the backend is ' + params.backend;
    assert params.backend == 'trainjob' || params.runtime == '' :
           'runtime is what a trainjob runs in, and the backend is ' + params.backend;
    local all = asTfJob(params);
    if params.backend == 'tfjob' then tfJob.parts(all)
    else devices.parts('train', params, params.gpus) + (
      if params.backend == 'pytorchjob' then { job: pyTorchJob(all) }
      else if params.backend == 'jobset' then { job: jobSet(all) }
      else trainJob.parts(all, metadata(all), container(all, 'node'), processes(all))
    ),

  // The same in the parameters of kuplet/tf-job, so that there is one way to make pods of them.
  local asTfJob(params) = params {
    image_gpu: '',
    num_masters: 1,
    num_workers: params.nodes - 1,
    num_gpus: params.gpus,
    s3_secret: '',
    s3_endpoint: '',
    suspend: false,
    restart_policy: 'OnFailure',
    clean_pod_policy: 'Running',
    backoff_limit: if params.backoff_limit == 0 then 3 else params.backoff_limit,
    restarts:: params.backoff_limit,
    ttl_seconds_after_finished: 0,
    volumes: sharedMemory(params).volumes + params.volumes,
    volume_mounts: sharedMemory(params).mounts + params.volume_mounts,
  },

  local sharedMemory(params) = if params.shm_size == '' then { volumes: [], mounts: [] } else {
    volumes: [{ name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: params.shm_size } }],
    mounts: [{ name: 'shm', mountPath: '/dev/shm' }],
  },

  local metadata(params) =
    kube.metadata('train', params, 'training') + { labels+: kube.queue(params) },

  local container(params, name, env={}) =
    local store = if params.store == '' then {} else s3.env(s3.store(params.store));
    job.container(params, name, params.image, params.gpus, store + env),

  local template(params, role, container) = {
    metadata: { labels: kube.labels('train', params, role) },
    spec: job.pod(params, container, params.gpus),
  },

  local processes(params) =
    if params.processes_per_node > 0 then params.processes_per_node else std.max(params.gpus, 1),

  local pyTorchJob(params) = {
    local replicas(role, number) = {
      replicas: number,
      restartPolicy: params.restart_policy,
      // The operator looks for this name.
      template: template(params, role, container(params, 'pytorch')),
    },

    apiVersion: 'kubeflow.org/v1',
    kind: 'PyTorchJob',
    metadata: metadata(params),
    spec: {
      nprocPerNode: std.toString(processes(params)),
      runPolicy: job.runPolicy(params),
      pytorchReplicaSpecs: {
        Master: replicas('master', 1),
        [if params.nodes > 1 then 'Worker']: replicas('worker', params.nodes - 1),
      },
    },
  },

  // Here nobody but kuplet tells torchrun where the others are.
  local jobSet(params) = {
    local node = template(params, 'node', container(params, 'node', torchEnvironment(params))),

    apiVersion: 'jobset.x-k8s.io/v1alpha2',
    kind: 'JobSet',
    metadata: metadata(params),
    spec: {
      network: { enableDNSHostnames: true, publishNotReadyAddresses: true },
      coordinator: { replicatedJob: 'node', jobIndex: 0, podIndex: 0 },
      // One node alone cannot come back: the others would wait for the one that they knew.
      [if params.restarts > 0 then 'failurePolicy']: { maxRestarts: params.restarts },
      replicatedJobs: [{
        name: 'node',
        replicas: 1,
        template: {
          spec: {
            parallelism: params.nodes,
            completions: params.nodes,
            completionMode: 'Indexed',
            backoffLimit: 0,
            [if params.active_deadline_seconds > 0 then 'activeDeadlineSeconds']:
              params.active_deadline_seconds,
            template: node { spec+: { restartPolicy: 'Never' } },
          },
        },
      }],
    },
  },

  // The name of a JobSet is another one in each run, so it is asked for instead of written down.
  local torchEnvironment(params) = {
    local annotation(name) = { fieldRef: { fieldPath: "metadata.annotations['%s']" % name } },
    local address = annotation('jobset.sigs.k8s.io/coordinator'),

    MASTER_ADDR: address,
    MASTER_PORT: port,
    PET_MASTER_ADDR: address,
    PET_MASTER_PORT: port,
    PET_NNODES: params.nodes,
    PET_NODE_RANK: annotation('batch.kubernetes.io/job-completion-index'),
    PET_NPROC_PER_NODE: processes(params),
  },
}
