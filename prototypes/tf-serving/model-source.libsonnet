// Where the model server finds the model, by the kind of its path: {basePath, volumes, mounts, env,
// initContainers}. S3 is copied into the pod; TensorFlow Serving reads the others itself.
local kube = import 'kuplet/lib/kube.libsonnet';
local s3 = import 'kuplet/lib/s3.libsonnet';

local none = { volumes: [], mounts: [], env: {}, initContainers: [] };

{
  of(params, modelName)::
    if s3.isS3(params.modelPath) then copied(params, modelName)
    else if std.startsWith(params.modelPath, 'gs://') then googleStorage(params)
    else volume(params),

  local copied(params, modelName) = none {
    local store = {
      secret: params.s3SecretName,
      accessKeyIdKey: params.s3SecretAccesskeyidKeyName,
      secretAccessKeyKey: params.s3SecretSecretaccesskeyKeyName,
      endpoint: params.s3Endpoint,
      region: params.s3AwsRegion,
      useHttps: params.s3UseHttps,
      verifySsl: params.s3VerifySsl,
    },
    local version = if params.modelVersion > 0 then '/%d' % params.modelVersion else '',
    local script = importstr 'fetch-model.sh',
    local from = s3.remote(params.modelPath) + version,
    local to = self.basePath + version,

    basePath: '/models/' + modelName,
    volumes: [{ name: 'models', emptyDir: {} }],
    mounts: [{ name: 'models', mountPath: '/models', readOnly: true }],
    initContainers: [
      s3.rclone('fetch-model', params.s3FetchImage, store, script, [from, to]) {
        volumeMounts: [{ name: 'models', mountPath: '/models' }],
      },
    ],
  },

  local googleStorage(params) = none {
    basePath: params.modelPath,
  } + if params.gcpCredentialSecretName == '' then {} else kube.googleCredentials(
    params.gcpCredentialSecretName
  ),

  local volume(params) = none {
    local claim = { claimName: params.modelStoragePvc, readOnly: true },

    basePath: '/mnt/models' + params.modelPath,
    volumes: [{ name: 'models', persistentVolumeClaim: claim }],
    mounts: [{ name: 'models', mountPath: '/mnt/models', readOnly: true }],
  },
}
