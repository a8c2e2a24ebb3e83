local ray = import 'kuplet/lib/ray.libsonnet';

// The program is written in one line, as for a shell.
local word(argument) =
  local text = std.toString(argument);
  local plain(character) = std.length(std.findSubstr(
    character, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./:,@%+'
  )) > 0;
  if text != '' && std.all([plain(character) for character in std.stringChars(text)])
  then text
  else std.escapeStringBash(text);

{
  parts(params):: ray.parts('ray-job', params) + { job: rayJob(params) },

  local rayJob(params) = {
    apiVersion: 'ray.io/v1',
    kind: 'RayJob',
    metadata: ray.metadata('ray-job', params, 'job'),
    spec: {
      entrypoint: std.join(' ', [word(argument) for argument in params.command + params.args]),
      [if params.runtime_env != {} then 'runtimeEnvYAML']:
        std.manifestYamlDoc(params.runtime_env, indent_array_in_object=true, quote_keys=false) + '\n',
      // Without that, a cluster that has nothing to do keeps its nodes.
      shutdownAfterJobFinishes: true,
      ttlSecondsAfterFinished: params.ttl_seconds_after_finished,
      [if params.backoff_limit > 0 then 'backoffLimit']: params.backoff_limit,
      [if params.active_deadline_seconds > 0 then 'activeDeadlineSeconds']:
        params.active_deadline_seconds,
      rayClusterSpec: ray.spec('ray-job', params),
    },
  },
}
