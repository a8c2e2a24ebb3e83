// A TrainJob of Kubeflow's Trainer: the program and its nodes, in a runtime that says what else their
// pods have. The runtime that Trainer ships does for most; a job can patch its pods, but not all of
// them.
local devices = import 'kuplet/lib/devices.libsonnet';
local job = import 'kuplet/lib/job.libsonnet';
local kube = import 'kuplet/lib/kube.libsonnet';

local apiVersion = 'trainer.kubeflow.org/v1alpha1';
local shipped = 'torch-distributed';

{
  parts(params, metadata, container, processes)::
    local isOwn = params.gpu_class != '' || params.priority_class != '' || params.restarts > 0;
    assert !isOwn || params.runtime == '' :
           'gpu_class, priority_class and backoff_limit are settings of a runtime: set them in ' +
           params.runtime + ', or leave runtime out';
    local runtime = trainingRuntime(params, container);
    {
      [if isOwn then 'runtime']: runtime,
      job: trainJob(params, metadata, container, processes, if isOwn then runtime else null),
    },

  local trainJob(params, metadata, container, processes, runtime) = {
    apiVersion: apiVersion,
    kind: 'TrainJob',
    metadata: metadata,
    spec: {
      runtimeRef: runtimeRef(params, runtime),
      [if params.active_deadline_seconds > 0 then 'activeDeadlineSeconds']:
        params.active_deadline_seconds,
      trainer: trainer(params, container, processes),
      runtimePatches: [{
        manager: 'kuplet.dev/train',
        trainingRuntimeSpec: { template: { spec: { replicatedJobs: [patch(params, container)] } } },
      }],
    },
  },

  local runtimeRef(params, runtime) = { apiGroup: 'trainer.kubeflow.org' } + (
    if runtime != null then { kind: 'TrainingRuntime', name: runtime.metadata.name } else {
      kind: 'ClusterTrainingRuntime',
      name: if params.runtime == '' then shipped else params.runtime,
    }
  ),

  local trainer(params, container, processes) = {
    [field]: container[field]
    for field in ['image', 'command', 'args', 'env']
    if std.objectHas(container, field)
  } + {
    numNodes: params.nodes,
    numProcPerNode: processes,
    resourcesPerNode: container.resources,
  },

  // What a job may say about the pods of its runtime.
  local patch(params, container) = {
    local pod = job.pod(params, container, params.gpus),
    local patchable = [
      'imagePullSecrets', 'nodeSelector', 'securityContext', 'serviceAccountName', 'tolerations', 'volumes',
    ],

    name: 'node',
    template: { spec: { template: {
      metadata: {
        labels: kube.labels('train', params, 'node'),
      },
      spec: { [field]: pod[field] for field in patchable if std.objectHas(pod, field) } + {
        containers: [{
          name: container.name,
          securityContext: container.securityContext,
          [if std.objectHas(container, 'volumeMounts') then 'volumeMounts']: container.volumeMounts,
        }],
      },
    } } },
  },

  // Most of a runtime cannot be changed, so its name holds a hash: another runtime is another run.
  local trainingRuntime(params, container) = {
    local spec = runtimeSpec(params, container),
    local hash = std.substr(std.md5(std.manifestJsonEx(spec, '')), 0, 6),

    apiVersion: apiVersion,
    kind: 'TrainingRuntime',
    metadata: kube.metadata('train', params, 'runtime', '%s-runtime-%s' % [params.name, hash]) {
      labels+: { 'trainer.kubeflow.org/framework': 'torch' },
    },
    spec: spec,
  },

  local runtimeSpec(params, container) = {
    local isLimited = params.restarts > 0,

    mlPolicy: { numNodes: 1, torch: {} },
    template: { spec: {
      [if isLimited then 'failurePolicy']: { maxRestarts: params.restarts },
      replicatedJobs: [{
        name: 'node',
        template: {
          metadata: { labels: { 'trainer.kubeflow.org/trainjob-ancestor-step': 'trainer' } },
          spec: {
            [if isLimited then 'backoffLimit']: 0,
            template: { spec: devices.pod(params, params.gpus) + {
              [if isLimited then 'restartPolicy']: 'Never',
              [if params.priority_class != '' then 'priorityClassName']: params.priority_class,
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              containers: [{ name: container.name }],  // its image is that of the job
            } },
          },
        },
      }],
    } },
  },
}
