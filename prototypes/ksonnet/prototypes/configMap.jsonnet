// @apiVersion 0.1
// @name io.ksonnet.pkg.configMap
// @description A ConfigMap with the given data: a map from keys to texts.
// @shortDescription A ConfigMap
// @param name string Name of the ConfigMap
// @optionalParam data object {} Its keys and their texts
{
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: params.name },
  data: params.data,
}
