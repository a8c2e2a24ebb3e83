// A web server and its settings.
// @param image string Image of the web server
// @optionalParam replicas integer 1 Number of replicas
// @optionalParam port integer 8080 Port to listen on
{
  deployment: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: params.replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [{
            name: 'web',
            image: params.image,
            ports: [{ containerPort: params.port }],
            envFrom: [{ configMapRef: { name: 'settings' } }],
          }],
        },
      },
    },
  },
}
