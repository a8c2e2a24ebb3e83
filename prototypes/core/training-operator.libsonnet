// Kubeflow's training operator 1.9, for TFJobs only, under the names that it has upstream: one
// serves the whole cluster.
local kube = import 'kuplet/lib/kube.libsonnet';

local name = 'training-operator';
local certificate = name + '-webhook-cert';
local webhooks = 'validator.training-operator.kubeflow.org';
local ports = { metrics: 8080, health: 8081, webhook: 9443 };

local readOnly = ['get', 'list', 'watch'];
local rule(group, resources, verbs) =
  { apiGroups: [group], resources: resources, verbs: verbs };

{
  parts(params, namespace):: {
    serviceAccount: {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: metadata(params),
    },
    clusterRole: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: clusterMetadata(params),
      rules: clusterRules,
    },
    clusterRoleBinding: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: clusterMetadata(params),
    } + binding('ClusterRole', namespace),
    role: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: metadata(params),
      rules: rules,
    },
    roleBinding: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: metadata(params),
    } + binding('Role', namespace),
    certificate: certificateSecret(params),
    service: service(params),
    deployment: deployment(params),
  },

  local metadata(params, objectName=name) =
    kube.metadata('core', params, 'training-operator', objectName),

  local clusterMetadata(params) =
    { name: name, labels: kube.labels('core', params, 'training-operator') },

  local binding(kind, namespace) = {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: kind, name: name },
    subjects: [{ kind: 'ServiceAccount', name: name, namespace: namespace }],
  },

  local clusterRules = [
    rule('kubeflow.org', ['tfjobs'], readOnly + ['delete']),  // deletes after the time to live
    rule('kubeflow.org', ['tfjobs/status'], ['get', 'patch', 'update']),
    rule('kubeflow.org', ['tfjobs/finalizers'], ['update']),
    rule('', ['pods', 'services'], readOnly + ['create', 'delete', 'patch']),
    rule('', ['events'], ['create', 'patch']),
    // A watch cannot be limited to one name.
    rule('admissionregistration.k8s.io', ['validatingwebhookconfigurations'], readOnly),
    rule('admissionregistration.k8s.io', ['validatingwebhookconfigurations'], ['update']) {
      resourceNames: [webhooks],
    },
  ],

  local rules = [
    rule('', ['secrets'], readOnly),
    rule('', ['secrets'], ['update']) { resourceNames: [certificate] },
  ],

  // The operator is not ready before this exists and it has filled it with a certificate for its
  // webhook. Nothing calls that webhook: the rules of the custom resource definition replace it,
  // so its configuration is not part of this package. Where an earlier installation left one, the
  // operator insists on writing the certificate into it.
  local certificateSecret(params) = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata(params, certificate),
    type: 'Opaque',
  },

  local service(params) = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(params) {
      annotations: {
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': std.toString(ports.metrics),
      },
    },
    spec: {
      selector: kube.labels('core', params, 'training-operator'),
      ports: [{ name: 'metrics', port: ports.metrics, targetPort: 'metrics' }],
    },
  },

  local deployment(params) = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(params),
    spec: {
      replicas: 1,
      strategy: { type: 'Recreate' },  // two operators at a time would make every pod twice
      selector: { matchLabels: kube.labels('core', params, 'training-operator') },
      template: {
        metadata: { labels: kube.labels('core', params, 'training-operator') },
        spec: kube.pod(1000) {
          automountServiceAccountToken: true,
          serviceAccountName: name,
          terminationGracePeriodSeconds: 10,
          containers: [container(params)],
          volumes: [{ name: 'certificate', secret: { secretName: certificate } }],
        },
      },
    },
  },

  local container(params) = {
    name: name,
    image: params.tfJobImage,
    command: ['/manager'],
    args: ['--enable-scheme=tfjob'],
    env: [
      { name: 'MY_POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
    ],
    ports: [{ name: port, containerPort: ports[port] } for port in std.objectFields(ports)],
    // Ready when it has its certificate, which on the first start takes up to two minutes: the
    // kubelet has to bring the filled Secret into the running pod.
    livenessProbe: probe('/healthz') { initialDelaySeconds: 15, periodSeconds: 20 },
    readinessProbe: probe('/readyz') { periodSeconds: 10 },
    resources: kube.resources(params.tfJobCpu, params.tfJobMemory),
    securityContext: kube.containerSecurity { readOnlyRootFilesystem: true },
    volumeMounts: [{
      name: 'certificate',
      mountPath: '/tmp/k8s-webhook-server/serving-certs',  // fixed in the program
      readOnly: true,
    }],
  },

  local probe(path) = { httpGet: { path: path, port: 'health' }, timeoutSeconds: 3 },
}
