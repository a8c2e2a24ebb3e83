local kube = import 'kuplet/lib/kube.libsonnet';

local user = 1000;  // owns the volume; the images run as any user
local ports = { s3: 9000, console: 9001 };
local keys = { user: 'root-user', password: 'root-password' };

{
  parts(params)::
    local isGenerated = params.credentials_secret == '';
    local secretName = if isGenerated then params.name else params.credentials_secret;
    {
      [if isGenerated then 'credentials']: credentials(params),
      service: service(params, params.name, 's3'),
      console: service(params, params.name + '-console', 'console'),
      server: server(params, secretName),
      [if params.buckets != [] then 'buckets']: bucketJob(params, secretName),
    },

  local metadata(params, part, name=params.name) = kube.metadata('minio', params, part, name),

  local pod(params) = kube.pod(user) + kube.placement(params.node_selector, params.tolerations),

  local credentials(params) = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata(params, 'server') {
      annotations: { 'kuplet.dev/generate': '%(user)s:20 %(password)s:40' % keys },
    },
    type: 'Opaque',
  },

  local service(params, name, port) = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(params, 'server', name),
    spec: {
      type: params.service_type,
      selector: kube.labels('minio', params, 'server'),
      ports: [{ name: port, port: ports[port], targetPort: port }],
    },
  },

  local server(params, secretName) = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadata(params, 'server'),
    spec: {
      replicas: 1,  // one server with one volume; more of them would need erasure coding
      serviceName: params.name,
      selector: { matchLabels: kube.labels('minio', params, 'server') },
      template: {
        metadata: { labels: kube.labels('minio', params, 'server') },
        spec: pod(params) { containers: [serverContainer(params, secretName)] },
      },
      volumeClaimTemplates: [claim(params)],
    },
  },

  local serverContainer(params, secretName) = {
    name: 'minio',
    image: params.image,
    args: ['server', '/data', '--console-address', ':%(console)d' % ports],
    env: kube.env({
      MINIO_ROOT_USER: kube.fromSecret(secretName, keys.user),
      MINIO_ROOT_PASSWORD: kube.fromSecret(secretName, keys.password),
    }),
    ports: [{ name: name, containerPort: ports[name] } for name in std.objectFields(ports)],
    // A server that checks many files first takes its time.
    startupProbe: probe('live') { periodSeconds: 5, failureThreshold: 60 },
    livenessProbe: probe('live') { periodSeconds: 20, failureThreshold: 3 },
    readinessProbe: probe('ready') { periodSeconds: 10 },
    resources: kube.resources(params.cpu, params.memory, params.cpu_limit, params.memory_limit),
    securityContext: kube.containerSecurity,
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  },

  local probe(what) = { httpGet: { path: '/minio/health/' + what, port: 's3' } },

  local claim(params) = {
    metadata: { name: 'data' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      [if params.storage_class != '' then 'storageClassName']: params.storage_class,
      resources: { requests: { storage: params.storage } },
    },
  },

  // A finished Job cannot be changed, so its name holds a hash: another list of buckets is
  // another Job.
  local bucketJob(params, secretName) = {
    local spec = bucketJobSpec(params, secretName),
    local hash = std.substr(std.md5(std.manifestJsonEx(spec, '')), 0, 8),

    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadata(params, 'buckets', '%s-buckets-%s' % [params.name, hash]),
    spec: spec,
  },

  local bucketJobSpec(params, secretName) = {
    backoffLimit: 3,
    activeDeadlineSeconds: 900,
    template: {
      metadata: { labels: kube.labels('minio', params, 'buckets') },
      spec: pod(params) {
        restartPolicy: 'OnFailure',
        containers: [{
          name: 'mc',
          image: params.mc_image,
          command: ['sh', '-euc', importstr 'create-buckets.sh', 'mc'] + params.buckets,
          env: kube.env({
            ENDPOINT: 'http://%s:%d' % [params.name, ports.s3],
            MC_CONFIG_DIR: '/tmp/mc',
            ROOT_USER: kube.fromSecret(secretName, keys.user),
            ROOT_PASSWORD: kube.fromSecret(secretName, keys.password),
          }),
          resources: kube.resources('50m', '128Mi'),
          securityContext: kube.containerSecurity,
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
        }],
        volumes: [{ name: 'tmp', emptyDir: {} }],
      },
    },
  },
}
