// @apiVersion 0.1
// @name io.ksonnet.pkg.single-port-service
// @description A Service with one port for the pods that have the given labels.
// @shortDescription A Service with one port
// @param name string Name of the Service
// @param targetLabelSelector object Labels of the pods, for example {app: "web"}
// @optionalParam servicePort number 80 Port of the Service
// @optionalParam targetPort number 80 Port of the pods
// @optionalParam protocol string TCP Protocol: TCP or UDP
// @optionalParam serviceType string ClusterIP Type: ClusterIP, NodePort or LoadBalancer
{
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: params.name },
  spec: {
    type: params.serviceType,
    selector: params.targetLabelSelector,
    ports: [
      {
        protocol: params.protocol,
        port: params.servicePort,
        targetPort: params.targetPort,
      },
    ],
  },
}
