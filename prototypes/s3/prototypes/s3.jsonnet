// @apiVersion 0.1
// @name io.kuplet.pkg.s3
// @description An object store that speaks S3, for data, models and logs: one server (SeaweedFS, unless
// you choose another) with a volume of its own, the buckets that you name, and credentials that are
// made up at the first apply unless you name a Secret. Other components use it with `store: NAME`; it
// listens at NAME:9000, without TLS.
// @shortDescription An S3 object store with its buckets: SeaweedFS, RustFS or MinIO
// @optionalParam name string  Name of the objects; the component's name when empty
// @optionalParam namespace string  Namespace; the environment's when empty
// @optionalParam server enum(seaweedfs,rustfs,minio) seaweedfs Which server; another one does not read the data of the one before
// @optionalParam image string  Image of the server; a pinned one when empty
// @optionalParam buckets array [] Names of buckets to create; none is ever deleted
// @optionalParam client_image string rclone/rclone:1.75.1 Image of the client that creates buckets
// @optionalParam credentials_secret string  Existing Secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; made up when empty
// @optionalParam storage string 10Gi Size of the volume
// @optionalParam storage_class string  StorageClass of the volume; the cluster's default when empty
// @optionalParam service_type enum(ClusterIP,NodePort,LoadBalancer) ClusterIP Type of the Service
// @optionalParam cpu numberOrString 250m CPU to request
// @optionalParam memory string 1Gi Memory to request, and the limit unless memory_limit is set
// @optionalParam cpu_limit string  Limit of CPU; none when empty
// @optionalParam memory_limit string  Limit of memory; what is requested when empty
// @optionalParam node_selector object {} Labels of the nodes that it may run on
// @optionalParam tolerations array [] Taints of nodes that it tolerates

local s3 = import 'kuplet/s3/s3.libsonnet';

s3.parts(params)
