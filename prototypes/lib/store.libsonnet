// A server that speaks S3, with a volume of its own: credentials, a Service, the server, its buckets.
//
// A server is {name, image, command, env(id, secret), port, ports, live, ready, user}: how its
// container starts, what tells it its credentials, where it listens for S3 and what else, which paths
// tell that it lives and is ready, and who owns its files.
local kube = import 'kuplet/lib/kube.libsonnet';
local s3 = import 'kuplet/lib/s3.libsonnet';

{
  parts(params, prototype, server)::
    local isGenerated = params.credentials_secret == '';
    local secret = if isGenerated then params.name else params.credentials_secret;
    {
      [if isGenerated then 'credentials']: credentials(params, prototype),
      service: $.service(params, prototype, params.name, 's3', s3.port),
      server: statefulSet(params, prototype, server, secret),
      [if params.buckets != [] then 'buckets']: bucketJob(params, prototype, secret),
    },

  service(params, prototype, name, port, number):: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: kube.metadata(prototype, params, 'server', name) + (
      if port == 's3'
      then { annotations: { 'kuplet.dev/buckets': std.join(' ', params.buckets) } }
      else {}
    ),
    spec: {
      type: params.service_type,
      selector: kube.labels(prototype, params, 'server'),
      ports: [{ name: port, port: number, targetPort: port }],
    },
  },

  local pod(params, user) = kube.pod(user) + kube.placement(params.node_selector, params.tolerations),

  local credentials(params, prototype) = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: kube.metadata(prototype, params, 'server') {
      annotations: {
        'kuplet.dev/generate': '%(id)s:20 %(secret)s:40' % s3.keys,
        // For KServe, which copies models with the Secrets of a ServiceAccount.
        'serving.kserve.io/s3-endpoint': '%s:%d' % [params.name, s3.port],
        'serving.kserve.io/s3-usehttps': '0',
        'serving.kserve.io/s3-region': 'us-east-1',
      },
    },
    type: 'Opaque',
  },

  local statefulSet(params, prototype, server, secret) = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: kube.metadata(prototype, params, 'server'),
    spec: {
      replicas: 1,  // one server with one volume; more of them would need another set-up
      serviceName: params.name,
      selector: { matchLabels: kube.labels(prototype, params, 'server') },
      template: {
        metadata: { labels: kube.labels(prototype, params, 'server') },
        spec: pod(params, server.user) { containers: [container(params, server, secret)] },
      },
      volumeClaimTemplates: [claim(params)],
    },
  },

  local container(params, server, secret) =
    local probe(path) = { httpGet: { path: path, port: 's3' } };
    {
      name: server.name,
      image: if params.image == '' then server.image else params.image,
      command: server.command,
      workingDir: '/data',
      env: kube.env(server.env(
        kube.fromSecret(secret, s3.keys.id), kube.fromSecret(secret, s3.keys.secret)
      )),
      ports: [{ name: 's3', containerPort: server.port }] + server.ports,
      // A server that checks many files first takes its time.
      startupProbe: probe(server.live) { periodSeconds: 5, failureThreshold: 60 },
      livenessProbe: probe(server.live) { periodSeconds: 20, failureThreshold: 3 },
      readinessProbe: probe(server.ready) { periodSeconds: 10 },
      resources: kube.resources(params.cpu, params.memory, params.cpu_limit, params.memory_limit),
      securityContext: kube.containerSecurity,
      volumeMounts: [{ name: 'data', mountPath: '/data' }],
    },

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
  local bucketJob(params, prototype, secret) = {
    local spec = bucketJobSpec(params, prototype, secret),
    local hash = std.substr(std.md5(std.manifestJsonEx(spec, '')), 0, 8),

    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: kube.metadata(prototype, params, 'buckets', '%s-buckets-%s' % [params.name, hash]),
    spec: spec,
  },

  local bucketJobSpec(params, prototype, secret) = {
    backoffLimit: 3,
    activeDeadlineSeconds: 900,
    template: {
      metadata: { labels: kube.labels(prototype, params, 'buckets') },
      spec: pod(params, 1000) {
        restartPolicy: 'OnFailure',
        containers: [{
          name: 'rclone',
          image: params.client_image,
          command: ['sh', '-euc', importstr 'create-buckets.sh', 'rclone'] + params.buckets,
          env: kube.env(s3.rcloneEnv(s3.store(params.name) { secret: secret })),
          resources: kube.resources('50m', '128Mi'),
          securityContext: kube.containerSecurity,
        }],
      },
    },
  },
}
