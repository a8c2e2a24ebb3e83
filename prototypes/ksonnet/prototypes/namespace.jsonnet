// @apiVersion 0.1
// @name io.ksonnet.pkg.namespace
// @description A Namespace with labels that name it.
// @shortDescription A Namespace
// @param name string Name of the Namespace
{
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: params.name, labels: { name: params.name } },
}
