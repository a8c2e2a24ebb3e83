// What differs between places that Kubernetes runs in. Fields that are missing take the defaults of
// `none`: the cluster's own StorageClass, and no way in from outside.
local none = {
  storageClass: '',
  serviceType: 'ClusterIP',
  serviceAnnotations: {},
  gpuNodeSelector: {},
  gpuTolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
};

{
  none: none,

  minikube: none {
    storageClass: 'standard',
    serviceType: 'NodePort',
  },

  // Load balancers of clouds are internal ones: JupyterHub runs the code of whoever logs in, so
  // it must not be on the internet by default.
  gke: none {
    storageClass: 'standard-rwo',
    serviceType: 'LoadBalancer',
    serviceAnnotations: { 'networking.gke.io/load-balancer-type': 'Internal' },
  },

  eks: none {
    storageClass: 'gp2',
    serviceType: 'LoadBalancer',
    serviceAnnotations: { 'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internal' },
  },

  aks: none {
    storageClass: 'managed-csi',
    serviceType: 'LoadBalancer',
    serviceAnnotations: { 'service.beta.kubernetes.io/azure-load-balancer-internal': 'true' },
    gpuNodeSelector: { 'kubernetes.azure.com/accelerator': 'nvidia' },
    gpuTolerations+: [{ key: 'sku', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' }],
  },
}
