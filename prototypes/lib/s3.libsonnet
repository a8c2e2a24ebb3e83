// Access to S3, or to a server that speaks its protocol.
//
// A store is {secret, accessKeyIdKey, secretAccessKeyKey, endpoint, region, useHttps, verifySsl}:
// where the credentials are, and where the server is. Without a secret it is the pod's own identity
// that counts (an IAM role of its ServiceAccount); without an endpoint the server is Amazon's.
// `component` and `secret` give stores with one name.
local kube = import 'kuplet/lib/kube.libsonnet';

local keys = { id: 'AWS_ACCESS_KEY_ID', secret: 'AWS_SECRET_ACCESS_KEY' };
local port = 9000;
local ofSecret = 'secret/';

local credentials(store) = if store.secret == '' then {} else {
  AWS_ACCESS_KEY_ID: kube.fromSecret(store.secret, store.accessKeyIdKey),
  AWS_SECRET_ACCESS_KEY: kube.fromSecret(store.secret, store.secretAccessKeyKey),
};

local endpointUrl(store) = (if store.useHttps then 'https://' else 'http://') + store.endpoint;

// The server of a component: a Service and a Secret of its name.
local component(name) = {
  secret: name,
  accessKeyIdKey: keys.id,
  secretAccessKeyKey: keys.secret,
  endpoint: '%s:%d' % [name, port],
  region: 'us-east-1',
  useHttps: false,
  verifySsl: true,
};

// A server that a Secret tells of, besides the credentials: Amazon's when it has no endpoint.
local fromSecret(name) =
  local said(key) = { secretKeyRef: { name: name, key: key, optional: true } };
  component(name) { url: said('AWS_ENDPOINT_URL'), region: said('AWS_REGION') };

{
  // The keys of a store's Secret, and the port of its Service.
  keys: keys,
  port: port,

  // What the parameter `store` stands for: `storage` or `secret/amazon`.
  store(name)::
    if std.startsWith(name, ofSecret)
    then fromSecret(std.substr(name, std.length(ofSecret), std.length(name)))
    else component(name),

  // The store of `params.store`, or of the parameters that say each thing by itself.
  chosen(params, single)::
    assert params.store == '' || single.secret + single.endpoint == '' :
           'store says where the credentials and the server are: leave out the s3 parameters';
    if params.store == '' then single else $.store(params.store),

  // The variables that TensorFlow's S3 file system, boto3 and Amazon's tools read.
  env(store):: credentials(store) + (
    if std.objectHas(store, 'url') then { AWS_ENDPOINT_URL: store.url, AWS_REGION: store.region } else {
      AWS_REGION: store.region,
      [if store.endpoint != '' then 'S3_ENDPOINT']: store.endpoint,
      [if store.endpoint != '' then 'AWS_ENDPOINT_URL']: endpointUrl(store),
      S3_USE_HTTPS: if store.useHttps then '1' else '0',
      S3_VERIFY_SSL: if store.verifySsl then '1' else '0',
    }
  ),

  // The variables that configure rclone.
  rcloneEnv(store):: credentials(store) + {
    RCLONE_CONFIG: '',  // there is no file
    RCLONE_S3_ENV_AUTH: true,
    RCLONE_S3_REGION: store.region,
    RCLONE_NO_CHECK_CERTIFICATE: !store.verifySsl,
  } + (
    if std.objectHas(store, 'url') then { RCLONE_S3_ENDPOINT: store.url, RCLONE_S3_PROVIDER: 'Other' } else {
      RCLONE_S3_PROVIDER: if store.endpoint == '' then 'AWS' else 'Other',
      [if store.endpoint != '' then 'RCLONE_S3_ENDPOINT']: endpointUrl(store),
    }
  ),
}
