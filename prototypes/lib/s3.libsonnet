// Access to S3, or to a server that speaks its protocol, such as MinIO.
//
// A store is {secret, accessKeyIdKey, secretAccessKeyKey, endpoint, region, useHttps, verifySsl}:
// where the credentials are, and where the server is. Without a secret it is the pod's own identity
// that counts (an IAM role of its ServiceAccount); without an endpoint the server is Amazon's.
local kube = import 'kuplet/lib/kube.libsonnet';

local credentials(store) = if store.secret == '' then {} else {
  AWS_ACCESS_KEY_ID: kube.fromSecret(store.secret, store.accessKeyIdKey),
  AWS_SECRET_ACCESS_KEY: kube.fromSecret(store.secret, store.secretAccessKeyKey),
};

local endpointUrl(store) = (if store.useHttps then 'https://' else 'http://') + store.endpoint;

{
  // The variables that TensorFlow's S3 file system, boto3 and Amazon's tools read.
  env(store):: credentials(store) + {
    AWS_REGION: store.region,
    [if store.endpoint != '' then 'S3_ENDPOINT']: store.endpoint,
    [if store.endpoint != '' then 'AWS_ENDPOINT_URL']: endpointUrl(store),
    S3_USE_HTTPS: if store.useHttps then '1' else '0',
    S3_VERIFY_SSL: if store.verifySsl then '1' else '0',
  },

  // The variables that configure rclone.
  rcloneEnv(store):: credentials(store) + {
    RCLONE_CONFIG: '',  // there is no file
    RCLONE_S3_ENV_AUTH: true,
    RCLONE_S3_PROVIDER: if store.endpoint == '' then 'AWS' else 'Other',
    RCLONE_S3_REGION: store.region,
    [if store.endpoint != '' then 'RCLONE_S3_ENDPOINT']: endpointUrl(store),
    RCLONE_NO_CHECK_CERTIFICATE: !store.verifySsl,
  },
}
