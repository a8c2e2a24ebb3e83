// @apiVersion 0.1
// @name io.ksonnet.pkg.deployed-service
// @description A Deployment whose pods run one container, and a Service that makes its port
// reachable.
// @shortDescription A Deployment and its Service
// @param name string Name of both
// @param image string Image of the container
// @optionalParam servicePort number 80 Port of the Service
// @optionalParam containerPort number 80 Port that the container listens on
// @optionalParam replicas number 1 Number of pods
// @optionalParam type string ClusterIP Type of the Service: ClusterIP, NodePort or LoadBalancer
local labels = { app: params.name };
[
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: params.name },
    spec: {
      type: params.type,
      selector: labels,
      ports: [{ port: params.servicePort, targetPort: params.containerPort }],
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: params.name },
    spec: {
      replicas: params.replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: labels },
        spec: {
          containers: [
            {
              name: params.name,
              image: params.image,
              ports: [{ containerPort: params.containerPort }],
            },
          ],
        },
      },
    },
  },
]
