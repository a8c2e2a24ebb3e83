// @apiVersion 0.1
// @name io.ksonnet.pkg.single-port-deployment
// @description A Deployment whose pods run one container that listens on one port.
// @shortDescription A Deployment with one port
// @param name string Name of the Deployment
// @param image string Image of the container
// @optionalParam replicas number 1 Number of pods
// @optionalParam containerPort number 80 Port that the container listens on
local labels = { app: params.name };
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
}
