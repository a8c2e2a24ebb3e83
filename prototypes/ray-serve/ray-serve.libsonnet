local ray = import 'kuplet/lib/ray.libsonnet';

{
  parts(params):: ray.parts('ray-serve', params) + { service: rayService(params) },

  local rayService(params) = {
    apiVersion: 'ray.io/v1',
    kind: 'RayService',
    metadata: ray.metadata('ray-serve', params, 'server'),
    spec: {
      serveConfigV2: std.manifestYamlDoc(
        { applications: applications(params) }, indent_array_in_object=true, quote_keys=false
      ) + '\n',
      rayClusterConfig: ray.spec('ray-serve', params, { serve: 8000 }),
    },
  },

  local applications(params) =
    local shared = if params.runtime_env == {} then {} else { runtime_env: params.runtime_env };
    [shared + application for application in params.applications],
}
