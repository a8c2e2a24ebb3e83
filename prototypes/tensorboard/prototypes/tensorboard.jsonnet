// @apiVersion 0.1
// @name io.kuplet.pkg.tensorboard
// @description Shows the logs of trainings with TensorBoard, from S3, from Google's cloud storage or
// from a volume. Logs of a training that runs are followed.
// @shortDescription TensorBoard for the logs of trainings
// @optionalParam name string  Name of the objects; the component's name when empty
// @optionalParam namespace string  Namespace; the environment's when empty
// @param logDir string Where the logs are: s3://BUCKET/PATH, gs://BUCKET/PATH, or /PATH in logStoragePvc
// @optionalParam defaultTbImage string tensorflow/tensorflow:2.19.0 Image with TensorBoard
// @optionalParam targetPort integer 6006 Port that TensorBoard listens on
// @optionalParam servicePort integer 80 Port of the Service
// @optionalParam serviceType enum(ClusterIP,NodePort,LoadBalancer) ClusterIP Type of the Service
// @optionalParam logStoragePvc string  Existing PersistentVolumeClaim with the logs
// @optionalParam store string  Object store: a component of kuplet/s3 or kuplet/minio, or secret/NAME of a Secret that tells of one; instead of the s3 parameters
// @optionalParam s3SecretName string  Existing Secret with the credentials for S3
// @optionalParam s3SecretAccesskeyidKeyName string AWS_ACCESS_KEY_ID Key in that Secret of the access key
// @optionalParam s3SecretSecretaccesskeyKeyName string AWS_SECRET_ACCESS_KEY Key in that Secret of the secret key
// @optionalParam s3Endpoint string  HOST:PORT of a server that speaks S3; Amazon when empty
// @optionalParam s3AwsRegion string us-east-1 Region of the bucket
// @optionalParam s3UseHttps boolean true Whether the server speaks TLS
// @optionalParam s3VerifySsl boolean true Whether to check the server's certificate
// @optionalParam s3FetchImage string rclone/rclone:1.75.1 Image that copies the logs from S3
// @optionalParam s3FetchSeconds integer 30 Seconds between two looks for new logs in S3
// @optionalParam gcpCredentialSecretName string  Existing Secret with key.json of a Google service account
// @optionalParam cpu numberOrString 250m CPU to request
// @optionalParam memory string 1Gi Memory to request, and the limit unless memoryLimit is set
// @optionalParam cpuLimit string  Limit of CPU; none when empty
// @optionalParam memoryLimit string  Limit of memory; what is requested when empty
// @optionalParam queue string  LocalQueue of Kueue in which the pod waits for its turn; none when empty
// @optionalParam priority string  WorkloadPriorityClass of Kueue that decides who is first in the queue
// @optionalParam serviceAccount string  ServiceAccount of the pod; the namespace's default when empty
// @optionalParam nodeSelector object {} Labels of the nodes that the pod may run on
// @optionalParam tolerations array [] Taints of nodes that it tolerates

local tensorboard = import 'kuplet/tensorboard/tensorboard.libsonnet';

tensorboard.parts(params)
