local jupyterHub = import 'kuplet/core/jupyterhub.libsonnet';
local crd = import 'kuplet/core/tfjob-crd.libsonnet';
local operator = import 'kuplet/core/training-operator.libsonnet';
local kube = import 'kuplet/lib/kube.libsonnet';

// These exist in every cluster and belong to nobody's app.
local givenNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

{
  parts(params, env)::
    local namespace = kube.namespace(params, env);
    local isNew = params.create_namespace && !std.member(givenNamespaces, namespace);
    {
      [if isNew then 'namespace']: {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace, labels: kube.labels('core', params, 'namespace') },
      },
      [if std.member(params.parts, 'crd') then 'crd']: crd.definition(params),
      [if std.member(params.parts, 'operator') then 'operator']: operator.parts(params, namespace),
      [if std.member(params.parts, 'jupyterhub') then 'jupyterhub']:
        jupyterHub.parts(params, namespace),
    },
}
