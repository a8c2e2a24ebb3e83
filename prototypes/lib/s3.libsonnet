// Access to S3, or to a server that speaks its protocol, such as MinIO.
//
// A store is {secret, accessKeyIdKey, secretAccessKeyKey, endpoint, region, useHttps, verifySsl}:
// where the credentials are, and where the server is. Without a secret the pod's own identity
// counts (for example an IAM role of its ServiceAccount); without an endpoint it is Amazon's S3.
local kube = import 'kuplet/lib/kube.libsonnet';

{
  isS3(url):: std.startsWith(url, 's3://'),

  // The variables that TensorFlow's S3 file system, boto3 and Amazon's tools read.
  env(store):: $.credentials(store) + {
    [if store.region != '' then 'AWS_REGION']: store.region,
    [if store.endpoint != '' then 'S3_ENDPOINT']: store.endpoint,
    [if store.endpoint != '' then 'AWS_ENDPOINT_URL']: endpointUrl(store),
    S3_USE_HTTPS: if store.useHttps then '1' else '0',
    S3_VERIFY_SSL: if store.verifySsl then '1' else '0',
  },

  credentials(store):: if store.secret == '' then {} else {
    AWS_ACCESS_KEY_ID: kube.fromSecret(store.secret, store.accessKeyIdKey),
    AWS_SECRET_ACCESS_KEY: kube.fromSecret(store.secret, store.secretAccessKeyKey),
  },

  local endpointUrl(store) = (if store.useHttps then 'https://' else 'http://') + store.endpoint,

  // A container that runs rclone in a shell; `$1`, `$2` … of the script are the arguments.
  //
  // TensorFlow left S3 out of its images in version 2.7 (tensorflow/serving issue 1963), so
  // programs that read files from S3 get them copied into a volume.
  rclone(name, image, store, script, args):: {
    name: name,
    image: image,
    command: ['sh', '-euc', script, name] + args,
    env: kube.env($.credentials(store) + {
      RCLONE_S3_PROVIDER: if store.endpoint == '' then 'AWS' else 'Other',
      RCLONE_S3_ENV_AUTH: 'true',
      [if store.region != '' then 'RCLONE_S3_REGION']: store.region,
      [if store.endpoint != '' then 'RCLONE_S3_ENDPOINT']: endpointUrl(store),
      RCLONE_NO_CHECK_CERTIFICATE: !store.verifySsl,
    }),
    resources: kube.resources('100m', '256Mi'),
    securityContext: kube.containerSecurity,
  },

  // s3://bucket/path in the spelling of rclone.
  remote(url):: ':s3:' + std.strReplace(url, 's3://', ''),
}
