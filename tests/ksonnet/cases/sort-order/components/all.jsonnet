local make(kind, api="v1", name="a", namespace=null) = {
  apiVersion: api,
  kind: kind,
  metadata: { name: name } + if namespace == null then {} else { namespace: namespace },
};
[
  make(kind)
  for kind in [
    "Zebra", "APIService", "Ingress", "CronJob", "Job", "StatefulSet", "Deployment", "ReplicaSet",
    "ReplicationController", "Pod", "DaemonSet", "Service", "RoleBinding", "Role",
    "ClusterRoleBinding", "ClusterRole", "CustomResourceDefinition", "ServiceAccount",
    "PersistentVolumeClaim", "PersistentVolume", "StorageClass", "ConfigMap", "Secret",
    "PodSecurityPolicy", "LimitRange", "ResourceQuota", "Namespace", "Apple",
  ]
] + [
  make("Deployment", "extensions/v1beta1", "x"),
  make("Deployment", "apps/v1beta2", "y"),
  make("ConfigMap", name="b"),
  make("ConfigMap", name="B"),
  make("Zebra", namespace="a"),
  make("Namespace", name="z", namespace="b"),
]
