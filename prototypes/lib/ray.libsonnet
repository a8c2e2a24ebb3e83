// A cluster of Ray, as RayJobs and RayServices describe it: a head, and nodes that work.
local devices = import 'kuplet/lib/devices.libsonnet';
local job = import 'kuplet/lib/job.libsonnet';
local kube = import 'kuplet/lib/kube.libsonnet';
local s3 = import 'kuplet/lib/s3.libsonnet';

local ports = { 'gcs-server': 6379, dashboard: 8265, client: 10001 };

{
  // What the cluster needs besides.
  parts(prototype, params):: devices.parts(prototype, params, params.gpus),

  metadata(prototype, params, part)::
    kube.metadata(prototype, params, part) + { labels+: kube.queue(params) },

  // `further` are ports of the head besides those of every head.
  spec(prototype, params, further={})::
    assert params.max_nodes == 0 || params.max_nodes >= params.nodes :
           'max_nodes must be at least nodes, which is %(nodes)d' % params;
    assert params.max_nodes == 0 || params.queue == '' :
           'a queue admits clusters whose size is fixed: leave out max_nodes, or the queue';
    local isScaled = params.max_nodes > 0;
    {
      [if params.ray_version != '' then 'rayVersion']: params.ray_version,
      [if isScaled then 'enableInTreeAutoscaling']: true,
      headGroupSpec: {
        // The work is for the others: a head that runs out of memory takes all of them along.
        rayStartParams: { 'num-cpus': '0' },
        // It has no GPU, so it does not go where the GPUs are.
        template: template(prototype, params { node_selector: {} }, 'head', head(params, further), 0) + {
          // The autoscaler runs there, which asks for pods.
          spec+: { [if isScaled then 'automountServiceAccountToken']: true },
        },
      },
      workerGroupSpecs: [{
        groupName: 'workers',
        replicas: params.nodes,
        minReplicas: params.nodes,
        maxReplicas: if isScaled then params.max_nodes else params.nodes,
        rayStartParams: {},
        template: template(
          prototype, params, 'worker', container(params, 'ray-worker', params.gpus), params.gpus
        ),
      }],
    },

  local template(prototype, params, part, container, gpus) = {
    metadata: { labels: kube.labels(prototype, params, part) },
    spec: job.pod(params, container, gpus),
  },

  // Pods start Ray, whatever the program is.
  local container(params, name, gpus) =
    local store = if params.store == '' then {} else s3.env(s3.store(params.store));
    job.container(params { command: [], args: [] }, name, params.image, gpus, store),

  local head(params, further) =
    local all = ports + further;
    local own = { cpu: params.head_cpu, memory: params.head_memory, cpu_limit: '', memory_limit: '' };
    container(params + own, 'ray-head', 0) + {
      ports: [{ name: name, containerPort: all[name] } for name in std.objectFields(all)],
    },
}
