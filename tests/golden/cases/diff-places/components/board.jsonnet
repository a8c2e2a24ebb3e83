// Its own namespace, and a binding and a webhook that say it.
// @optionalParam where string here A namespace that is no place of an environment.
{
  namespace: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: env.namespace } },
  account: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'board' } },
  binding: {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'board' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'board', namespace: env.namespace }],
  },
  webhook: {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'board' },
    webhooks: [{
      name: 'board.example.com',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      clientConfig: { service: { name: 'board', namespace: env.namespace, path: '/check' } },
    }],
  },
  settings: {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'board' },
    data: { where: params.where },
  },
}
