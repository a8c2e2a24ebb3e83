// Files that a program reads: in S3, in Google's cloud storage or on a volume.
//
// TensorFlow reads Google's storage by itself. It left S3 out of its images in version 2.7
// (tensorflow/serving issue 1963), so a container with rclone copies files in S3 into the pod.
local kube = import 'kuplet/lib/kube.libsonnet';
local s3 = import 'kuplet/lib/s3.libsonnet';

local folder = '/mnt/files';
local mount = { name: 'files', mountPath: folder };

local mounted(volume) = {
  volumes: [{ name: 'files' } + volume],
  mounts: [mount { readOnly: true }],
  env: {},
};

// Without a secret it is the pod's own identity that counts.
local googleAccess(secret) = if secret == '' then { volumes: [], mounts: [], env: {} } else {
  local keyFolder = '/var/run/secrets/google',

  volumes: [{ name: 'google', secret: { secretName: secret } }],
  mounts: [{ name: 'google', mountPath: keyFolder, readOnly: true }],
  env: { GOOGLE_APPLICATION_CREDENTIALS: keyFolder + '/key.json' },
};

{
  isCopied(url):: std.startsWith(url, 's3://'),

  // What a container needs to read the files at `path`: {path, volumes, mounts, env}.
  source(url, claim, googleSecret)::
    local volumeOfClaim = { persistentVolumeClaim: { claimName: claim, readOnly: true } };
    if $.isCopied(url) then mounted({ emptyDir: {} }) { path: folder }
    else if std.startsWith(url, 'gs://') then googleAccess(googleSecret) { path: url }
    else mounted(volumeOfClaim) { path: folder + url },

  // A container that copies files from S3 to where `source` says that they are. `$1`, `$2` … of
  // its shell script are the arguments. The parameters are named as in Kubeflow's tf-serving.
  copier(params, name, script, arguments)::
    local store = s3.chosen(params, {
      secret: params.s3SecretName,
      accessKeyIdKey: params.s3SecretAccesskeyidKeyName,
      secretAccessKeyKey: params.s3SecretSecretaccesskeyKeyName,
      endpoint: params.s3Endpoint,
      region: params.s3AwsRegion,
      useHttps: params.s3UseHttps,
      verifySsl: params.s3VerifySsl,
    });
    {
      name: name,
      image: params.s3FetchImage,
      command: ['sh', '-euc', script, name] + arguments,
      env: kube.env(s3.rcloneEnv(store)),
      resources: kube.resources('100m', '256Mi'),
      securityContext: kube.containerSecurity,
      volumeMounts: [mount],
    },

  // s3://bucket/path in the spelling of rclone.
  remote(url):: ':s3:' + std.strReplace(url, 's3://', ''),
}
