// Where TensorBoard finds the logs, by the kind of their path: {path, volumes, mounts, env,
// sidecars}. S3 is copied into the pod again and again; TensorBoard reads the others itself.
local kube = import 'kuplet/lib/kube.libsonnet';
local s3 = import 'kuplet/lib/s3.libsonnet';

local none = { volumes: [], mounts: [], env: {}, sidecars: [] };

{
  of(params)::
    if s3.isS3(params.logDir) then copied(params)
    else if std.startsWith(params.logDir, 'gs://') then googleStorage(params)
    else volume(params),

  local copied(params) = none {
    local store = {
      secret: params.s3SecretName,
      accessKeyIdKey: params.s3SecretAccesskeyidKeyName,
      secretAccessKeyKey: params.s3SecretSecretaccesskeyKeyName,
      endpoint: params.s3Endpoint,
      region: params.s3AwsRegion,
      useHttps: params.s3UseHttps,
      verifySsl: params.s3VerifySsl,
    },
    local script = importstr 'fetch-logs.sh',
    local arguments = [s3.remote(params.logDir), self.path, std.toString(params.s3FetchSeconds)],

    path: '/logs',
    volumes: [{ name: 'logs', emptyDir: {} }],
    mounts: [{ name: 'logs', mountPath: '/logs', readOnly: true }],
    sidecars: [
      s3.rclone('fetch-logs', params.s3FetchImage, store, script, arguments) {
        volumeMounts: [{ name: 'logs', mountPath: '/logs' }],
      },
    ],
  },

  local googleStorage(params) = none {
    path: params.logDir,
  } + if params.gcpCredentialSecretName == '' then {} else kube.googleCredentials(
    params.gcpCredentialSecretName
  ),

  local volume(params) = none {
    local claim = { claimName: params.logStoragePvc, readOnly: true },

    path: '/mnt/logs' + params.logDir,
    volumes: [{ name: 'logs', persistentVolumeClaim: claim }],
    mounts: [{ name: 'logs', mountPath: '/mnt/logs', readOnly: true }],
  },
}
