{
  deployment(params):: {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: params.name, namespace: params.namespace, labels: { version: "v2" } },
    spec: {
      template: {
        metadata: { labels: { app: params.name } },
        spec: {
          containers: [
            { name: params.name, image: "serving:v2", resources: { limits: { "nvidia.com/gpu": std.parseInt(params.numGpus) } } },
          ],
        },
      },
    },
  },
}
