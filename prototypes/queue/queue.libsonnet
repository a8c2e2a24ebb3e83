local kube = import 'kuplet/lib/kube.libsonnet';

local apiVersion = 'kueue.x-k8s.io/v1beta2';

{
  parts(params, env)::
    assert (params.flavors == []) != (params.quotas == {}) :
           'a queue has quotas, or flavors which have quotas: set one of the two';
    assert params.cohort != '' || params.borrowing_limits == {} :
           'borrowing_limits need a cohort to borrow in';
    local queues = [params.name] + params.local_queues;
    local namespaces = [kube.namespace(params, env)] + params.namespaces;
    {
      flavors: [resourceFlavor(params, env, flavor) for flavor in flavors(params, env)],
      clusterQueue: clusterQueue(params, env, namespaces),
      localQueues: [
        localQueue(params, env, name, namespace)
        for name in queues
        for namespace in namespaces
      ],
      priorities: [
        priorityClass(params, name)
        for name in std.objectFields(params.priorities)
      ],
    },

  // Names of the cluster, so that two environments on it do not make the same object.
  local clusterName(params, env) =
    if params.cluster_queue != '' then params.cluster_queue
    else kube.namespace(params, env) + '-' + params.name,

  local clusterMetadata(params, part, name) = {
    name: name,
    labels: kube.labels('queue', params, part),
  },

  // [{name, quotas, labels, taints}], also when there is a single sort of nodes.
  local flavors(params, env) =
    local base = clusterName(params, env);
    if params.flavors == [] then [{
      name: base,
      quotas: params.quotas,
      labels: params.node_labels,
      taints: params.node_taints,
    }] else [
      {
        name: base + '-' + flavor.name,
        quotas: flavor.quotas,
        labels: std.get(flavor, 'node_labels', {}),
        taints: std.get(flavor, 'node_taints', []),
      }
      for flavor in params.flavors
    ],

  local resourceFlavor(params, env, flavor) = {
    apiVersion: apiVersion,
    kind: 'ResourceFlavor',
    metadata: clusterMetadata(params, 'flavor', flavor.name),
    spec: {
      [if flavor.labels != {} then 'nodeLabels']: flavor.labels,
      [if flavor.taints != [] then 'nodeTaints']: flavor.taints,
      // Kueue admits only jobs that tolerate the taints, so the flavor tolerates them for its jobs.
      [if flavor.taints != [] then 'tolerations']: [
        { key: taint.key, effect: taint.effect } + (
          if std.objectHas(taint, 'value')
          then { operator: 'Equal', value: taint.value }
          else { operator: 'Exists' }
        )
        for taint in flavor.taints
      ],
    },
  },

  local clusterQueue(params, env, namespaces) = {
    local all = flavors(params, env),
    local resources = std.set(std.flattenArrays([std.objectFields(it.quotas) for it in all])),

    apiVersion: apiVersion,
    kind: 'ClusterQueue',
    metadata: clusterMetadata(params, 'queue', clusterName(params, env)),
    spec: {
      namespaceSelector: {
        matchExpressions: [
          { key: 'kubernetes.io/metadata.name', operator: 'In', values: namespaces },
        ],
      },
      [if params.cohort != '' then 'cohortName']: params.cohort,
      queueingStrategy: params.strategy,
      preemption: {
        withinClusterQueue: params.preemption,
        reclaimWithinCohort: params.reclaim,
      },
      stopPolicy: params.stop,
      resourceGroups: [{
        coveredResources: resources,
        flavors: [
          { name: flavor.name, resources: [quota(params, flavor, it) for it in resources] }
          for flavor in all
        ],
      }],
    },
  },

  // All flavors of a group have all of its resources; what one does not mention, it does not have.
  local quota(params, flavor, resource) = {
    name: resource,
    nominalQuota: std.toString(std.get(flavor.quotas, resource, 0)),
    [if std.objectHas(params.borrowing_limits, resource) then 'borrowingLimit']:
      std.toString(params.borrowing_limits[resource]),
  },

  local localQueue(params, env, name, namespace) = {
    apiVersion: apiVersion,
    kind: 'LocalQueue',
    metadata: {
      name: name,
      namespace: namespace,
      labels: kube.labels('queue', params, 'queue'),
    },
    spec: { clusterQueue: clusterName(params, env) },
  },

  local priorityClass(params, name) = {
    apiVersion: apiVersion,
    kind: 'WorkloadPriorityClass',
    metadata: clusterMetadata(params, 'priority', name),
    value: params.priorities[name],
  },
}
