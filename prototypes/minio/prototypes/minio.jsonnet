// @apiVersion 0.1
// @name io.kuplet.pkg.minio
// @description An object store that speaks S3, for data, models and logs: a MinIO server with a
// volume of its own, the buckets that you name, and credentials that are made up at the first apply
// unless you name a Secret. Other components use it with `store: NAME`; it listens at NAME:9000,
// without TLS. MinIO is no longer maintained and its image has a known hole: for a new app take
// kuplet/s3.
// @shortDescription A MinIO object store with its buckets
// @optionalParam name string  Name of the objects; the component's name when empty
// @optionalParam namespace string  Namespace; the environment's when empty
// @optionalParam image string quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z Image of the server
// @optionalParam buckets array [] Names of buckets to create; none is ever deleted
// @optionalParam client_image string rclone/rclone:1.75.1 Image of the client that creates buckets
// @optionalParam credentials_secret string  Existing Secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; made up when empty
// @optionalParam storage string 10Gi Size of the volume
// @optionalParam storage_class string  StorageClass of the volume; the cluster's default when empty
// @optionalParam service_type enum(ClusterIP,NodePort,LoadBalancer) ClusterIP Type of the Services
// @optionalParam cpu numberOrString 250m CPU to request
// @optionalParam memory string 1Gi Memory to request, and the limit unless memory_limit is set
// @optionalParam cpu_limit string  Limit of CPU; none when empty
// @optionalParam memory_limit string  Limit of memory; what is requested when empty
// @optionalParam node_selector object {} Labels of the nodes that it may run on
// @optionalParam tolerations array [] Taints of nodes that it tolerates

local minio = import 'kuplet/minio/minio.libsonnet';

minio.parts(params)
