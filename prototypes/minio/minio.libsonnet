local store = import 'kuplet/lib/store.libsonnet';

local console = 9001;

{
  // The server, for `store.parts`.
  server:: {
    name: 'minio',
    image: 'quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z',
    command: ['minio', 'server', '/data', '--console-address', ':%d' % console],
    env(id, secret):: { MINIO_ROOT_USER: id, MINIO_ROOT_PASSWORD: secret },
    port: 9000,
    ports: [{ name: 'console', containerPort: console }],
    live: '/minio/health/live',
    ready: '/minio/health/ready',
    user: 1000,  // the image runs as any user
  },

  parts(params):: store.parts(params, 'minio', $.server) {
    console: store.service(params, 'minio', params.name + '-console', 'console', console),
  },
}
