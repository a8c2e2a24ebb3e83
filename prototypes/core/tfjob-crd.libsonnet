// The definition of TFJob, kubeflow.org/v1. It says what upstream's says and, by rules of the API
// server (CEL), what upstream leaves to a webhook of its operator: a mistake is refused with or
// without an operator, and no job has to wait for one.
local kube = import 'kuplet/lib/kube.libsonnet';

local text = { type: 'string' };
local time = { type: 'string', format: 'date-time' };
local oneOf(values) = { type: 'string', enum: values };
local integer(format='int32') = { type: 'integer', format: format, minimum: 0 };
local object(properties) = { type: 'object', properties: properties };
local mapOf(schema) = { type: 'object', additionalProperties: schema };
local listOf(schema) = { type: 'array', items: schema };
local open = { 'x-kubernetes-preserve-unknown-fields': true };  // checked when pods are made of it
local rule(cel, message) = { 'x-kubernetes-validations': [{ rule: cel, message: message }] };

local quantity = {
  anyOf: [{ type: 'integer' }, { type: 'string' }],
  'x-kubernetes-int-or-string': true,
};

local container = object({
  name: text { maxLength: 63 },
  image: text { minLength: 1 },
}) + { required: ['name', 'image'] } + open;

local podSpec = object({
  // The cost of a rule is estimated from the longest list that it may have to go through.
  containers: listOf(container) { minItems: 1, maxItems: 64 },
}) + { required: ['containers'] } + open + rule(
  "self.containers.exists(c, c.name == 'tensorflow')",
  'one container must be named "tensorflow": the operator gives it TF_CONFIG',
);

local replicas(most={}) = object({
  replicas: integer() + most,
  restartPolicy: oneOf(['Always', 'OnFailure', 'Never', 'ExitCode']),
  template: object({ metadata: { type: 'object' } + open, spec: podSpec }) + { required: ['spec'] },
}) + { required: ['template'] };

local replicaSpecs = object({
  Chief: replicas({ maximum: 1 }),
  Master: replicas({ maximum: 1 }),  // the old name of Chief
  Worker: replicas(),
  PS: replicas(),
  Evaluator: replicas(),
}) + rule('!(has(self.Chief) && has(self.Master))', 'a job has a Chief or a Master, not both');

local runPolicy = object({
  activeDeadlineSeconds: integer('int64'),
  backoffLimit: integer(),
  cleanPodPolicy: oneOf(['All', 'Running', 'None']),
  managedBy: oneOf(['kubeflow.org/training-operator', 'kueue.x-k8s.io/multikueue']),
  schedulingPolicy: object({
    minAvailable: integer(),
    minResources: mapOf(quantity),
    priorityClass: text,
    queue: text + rule('self == oldSelf', 'queue is immutable'),
    scheduleTimeoutSeconds: integer(),
  }),
  suspend: { type: 'boolean', default: false },
  ttlSecondsAfterFinished: integer(),
}) + rule(
  'has(self.managedBy) == has(oldSelf.managedBy) &&'
  + ' (!has(self.managedBy) || self.managedBy == oldSelf.managedBy)',
  'managedBy is immutable',
);

local status = object({
  conditions: listOf(object({
    type: text,
    status: oneOf(['True', 'False', 'Unknown']),
    reason: text,
    message: text,
    lastUpdateTime: time,
    lastTransitionTime: time,
  }) + { required: ['type', 'status'] }),
  replicaStatuses: mapOf(object({
    active: integer(),
    succeeded: integer(),
    failed: integer(),
    labelSelector: { type: 'object' } + open,
    selector: text,
  })),
  startTime: time,
  completionTime: time,
  lastReconcileTime: time,
});

local tfJob = object({
  apiVersion: text,
  kind: text,
  metadata: { type: 'object' },
  spec: object({
    enableDynamicWorker: { type: 'boolean' },
    runPolicy: runPolicy,
    successPolicy: oneOf(['', 'AllWorkers']),
    tfReplicaSpecs: replicaSpecs,
  }) + { required: ['tfReplicaSpecs'] },
  status: status,
}) + { required: ['spec'] } + rule(
  "self.metadata.name.matches('^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$')",
  'the name must be that of a Service: lower case, at most 63 characters, a letter first',
);

{
  definition(params):: {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'tfjobs.kubeflow.org', labels: kube.labels('core', params, 'crd') },
    spec: {
      group: 'kubeflow.org',
      scope: 'Namespaced',
      names: { kind: 'TFJob', listKind: 'TFJobList', plural: 'tfjobs', singular: 'tfjob' },
      versions: [{
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: tfJob },
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: 'State', type: 'string', jsonPath: '.status.conditions[-1:].type' },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
      }],
    },
  },
}
