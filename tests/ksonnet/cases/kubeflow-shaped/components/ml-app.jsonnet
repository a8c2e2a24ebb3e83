local env = std.extVar("__ksonnet/environments");
local params = std.extVar("__ksonnet/params").components["ml-app"];
// It lists what its siblings make, so it reads them while they are being rendered.
local siblings = std.extVar("__ksonnet/components");
local itemsOf(component) = if std.objectHas(component, "items") then component.items else [component];
local kinds = std.set([
  item.kind
  for name in std.objectFields(siblings)
  if name != params.name
  for item in itemsOf(siblings[name])
]);
{
  apiVersion: "app.k8s.io/v1beta1",
  kind: "Application",
  metadata: { name: params.name, namespace: env.namespace },
  spec: {
    componentKinds: [{ kind: kind } for kind in kinds],
    selector: { matchLabels: { "ksonnet.io/component": params.name } },
  },
}
