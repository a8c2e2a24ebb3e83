local data = if std.objectHas(params, "verbose") then { verbose: "yes" } else {};
{
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "web" },
  data: data + { nodes: "" + params.num_nodes },
}
