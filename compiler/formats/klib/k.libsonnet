// k8s.libsonnet with what ksonnet added to it by hand.
local k8s = import 'k8s.libsonnet';

k8s {
  core:: k8s.core {
    v1:: k8s.core.v1 {
      list:: {
        new(items):: { apiVersion: 'v1', kind: 'List' } + self.items(items),
        items(items):: { items+: if std.type(items) == 'array' then items else [items] },
      },
    },
  },
}
