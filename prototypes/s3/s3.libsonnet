local minio = import 'kuplet/minio/minio.libsonnet';
local store = import 'kuplet/lib/store.libsonnet';

local servers = {
  // One process with all that SeaweedFS is made of. Its parts reach each other on localhost, so a
  // pod with another address finds its data again.
  seaweedfs: {
    name: 'seaweedfs',
    image: 'ghcr.io/chrislusf/seaweedfs:4.34',
    command: [
      'weed', 'server', '-dir=/data', '-ip=localhost', '-ip.bind=0.0.0.0', '-filer', '-s3',
      '-s3.port=8333', '-volume.max=0', '-master.volumeSizeLimitMB=1024',
      '-master.volumePreallocate=false',
    ],
    env(id, secret):: { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret },
    port: 8333,
    ports: [],
    live: '/status',
    ready: '/status',
    user: 1000,
  },

  rustfs: {
    name: 'rustfs',
    image: 'rustfs/rustfs:1.0.0',
    command: ['rustfs'],
    env(id, secret):: {
      RUSTFS_ACCESS_KEY: id,
      RUSTFS_SECRET_KEY: secret,
      RUSTFS_ADDRESS: ':9000',
      RUSTFS_CONSOLE_ENABLE: false,
      RUSTFS_VOLUMES: '/data',
    },
    port: 9000,
    ports: [],
    live: '/health',
    ready: '/health',
    user: 10001,
  },

  minio: minio.server { ports: [] },
};

{
  parts(params):: store.parts(params, 's3', servers[params.server]),
}
