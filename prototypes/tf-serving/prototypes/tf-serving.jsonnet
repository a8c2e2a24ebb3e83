// @apiVersion 0.1
// @name io.kuplet.pkg.tf-serving
// @description Serves a model with TensorFlow Serving, by gRPC on port 8500 and REST on port 8501.
// The model is a SavedModel with its versions in numbered folders, in S3, in Google's cloud storage
// or on a volume. A pod is ready when the model is loaded, not before.
// @shortDescription Serve a TensorFlow model
// @optionalParam name string  Name of the objects; the component's name when empty
// @optionalParam namespace string  Namespace; the environment's when empty
// @param modelPath string Where the model is: s3://BUCKET/PATH, gs://BUCKET/PATH, or /PATH in modelStoragePvc
// @optionalParam modelName string  Name of the model in requests; that of the component when empty
// @optionalParam modelVersion integer 0 Version to serve; the newest when 0
// @optionalParam modelServerImage string tensorflow/serving:2.20.0 Image of the server
// @optionalParam modelServerGpuImage string tensorflow/serving:2.20.0-gpu Image of the server when numGpus is set
// @optionalParam numGpus integer 0 GPUs of each pod
// @optionalParam modelStoragePvc string  Existing PersistentVolumeClaim with the model
// @optionalParam store string  Object store: a component of kuplet/s3 or kuplet/minio, or secret/NAME of a Secret that tells of one; instead of the s3 parameters
// @optionalParam s3SecretName string  Existing Secret with the credentials for S3
// @optionalParam s3SecretAccesskeyidKeyName string AWS_ACCESS_KEY_ID Key in that Secret of the access key
// @optionalParam s3SecretSecretaccesskeyKeyName string AWS_SECRET_ACCESS_KEY Key in that Secret of the secret key
// @optionalParam s3Endpoint string  HOST:PORT of a server that speaks S3; Amazon when empty
// @optionalParam s3AwsRegion string us-east-1 Region of the bucket
// @optionalParam s3UseHttps boolean true Whether the server speaks TLS
// @optionalParam s3VerifySsl boolean true Whether to check the server's certificate
// @optionalParam s3FetchImage string rclone/rclone:1.75.1 Image that copies the model from S3
// @optionalParam gcpCredentialSecretName string  Existing Secret with key.json of a Google service account
// @optionalParam serviceType enum(ClusterIP,NodePort,LoadBalancer) ClusterIP Type of the Service
// @optionalParam replicas integer 1 Number of pods; with maxReplicas the least number
// @optionalParam maxReplicas integer 0 Most pods that load may start; no autoscaling when 0
// @optionalParam targetCpuUtilization integer 80 Percent of requested CPU that autoscaling aims at
// @optionalParam cpu numberOrString 1 CPU that each pod requests
// @optionalParam memory string 2Gi Memory that each pod requests, and the limit unless memoryLimit is set
// @optionalParam cpuLimit string  Limit of CPU; none when empty
// @optionalParam memoryLimit string  Limit of memory; what is requested when empty
// @optionalParam loadTimeoutSeconds integer 600 Seconds that loading the model may take
// @optionalParam batching object {} Settings of request batching, such as max_batch_size; none when empty
// @optionalParam enablePrometheus boolean false Publish metrics at /monitoring/prometheus/metrics
// @optionalParam queue string  LocalQueue of Kueue in which the pods wait for their turn; none when empty
// @optionalParam priority string  WorkloadPriorityClass of Kueue that decides who is first in the queue
// @optionalParam serviceAccount string  ServiceAccount of the pods; the namespace's default when empty
// @optionalParam nodeSelector object {} Labels of the nodes that the pods may run on
// @optionalParam tolerations array [] Taints of nodes that they tolerate; that of GPU nodes is added with numGpus

local tfServing = import 'kuplet/tf-serving/tf-serving.libsonnet';

tfServing.parts(params)
