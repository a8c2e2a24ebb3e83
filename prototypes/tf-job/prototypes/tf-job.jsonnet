// @apiVersion 0.1
// @name io.kuplet.pkg.tf-job
// @description Distributed TensorFlow training as a TFJob, which the training operator of kuplet/core
// runs: a chief (master), workers, parameter servers and an evaluator, each with the same image and
// arguments; TF_CONFIG tells every process its role. The chief and the workers train and get the
// GPUs. The job succeeds when the chief does, or worker 0 where there is no chief.
// @shortDescription Distributed TensorFlow training
// @optionalParam name string  Name of the job; the component's name when empty
// @optionalParam namespace string  Namespace; the environment's when empty
// @param image string Image with the training program
// @optionalParam image_gpu string  Image for the chief and the workers when num_gpus is set; image when empty
// @optionalParam image_pull_secrets array [] Names of Secrets to pull the images with
// @optionalParam command array [] Program to start; the image's when empty
// @optionalParam args array [] Arguments of the program
// @optionalParam env object {} Environment variables: NAME to value, or to a valueFrom object
// @optionalParam num_masters integer 1 Number of chiefs, 0 or 1
// @optionalParam num_workers integer 0 Number of workers besides the chief
// @optionalParam num_ps integer 0 Number of parameter servers
// @optionalParam num_evaluators integer 0 Number of evaluators, 0 or 1
// @optionalParam num_gpus integer 0 GPUs for the chief and for each worker
// @optionalParam gpu_class string  DeviceClass of those GPUs, on Kubernetes 1.34 and later; counted as nvidia.com/gpu when empty
// @optionalParam cpu numberOrString 1 CPU that each replica requests
// @optionalParam memory string 2Gi Memory that each replica requests, and the limit unless memory_limit is set
// @optionalParam cpu_limit string  Limit of CPU; none when empty
// @optionalParam memory_limit string  Limit of memory; what is requested when empty
// @optionalParam pvc string  Existing PersistentVolumeClaim to mount; every replica mounts it
// @optionalParam pvc_mount_path string /data Where to mount it
// @optionalParam volumes array [] Further volumes of the pods, as Kubernetes spells them
// @optionalParam volume_mounts array [] Where to mount those, as Kubernetes spells it
// @optionalParam store string  Object store: a component of kuplet/s3 or kuplet/minio, or secret/NAME of a Secret that tells of one; instead of the s3 parameters
// @optionalParam s3_secret string  Existing Secret with the credentials for S3
// @optionalParam s3_access_key_id_key string AWS_ACCESS_KEY_ID Key in that Secret of the access key
// @optionalParam s3_secret_access_key_key string AWS_SECRET_ACCESS_KEY Key in that Secret of the secret key
// @optionalParam s3_endpoint string  HOST:PORT of a server that speaks S3; Amazon when empty
// @optionalParam s3_region string us-east-1 Region of the buckets
// @optionalParam s3_use_https boolean true Whether the server speaks TLS
// @optionalParam s3_verify_ssl boolean true Whether to check the server's certificate
// @optionalParam restart_policy enum(OnFailure,Never,Always,ExitCode) OnFailure When a replica is started again; ExitCode: after exit codes of 128 and more
// @optionalParam clean_pod_policy enum(Running,None,All) Running Pods to remove when the job ends; finished ones hold the logs
// @optionalParam backoff_limit integer 3 Restarts before the job has failed
// @optionalParam active_deadline_seconds integer 0 Seconds after which the job has failed; 0 for never
// @optionalParam ttl_seconds_after_finished integer 0 Seconds after which a finished job is deleted; 0 for never. The next apply trains again
// @optionalParam suspend boolean false Keep the job without pods
// @optionalParam queue string  LocalQueue of Kueue in which the job waits for its turn; none when empty
// @optionalParam priority string  WorkloadPriorityClass of Kueue that decides who is first in the queue
// @optionalParam service_account string  ServiceAccount of the pods; the namespace's default when empty
// @optionalParam run_as_user integer 0 User that the program runs as; the image's when 0
// @optionalParam priority_class string  PriorityClass of the pods
// @optionalParam node_selector object {} Labels of the nodes that the replicas may run on
// @optionalParam tolerations array [] Taints of nodes that they tolerate; that of GPU nodes is added with num_gpus

local tfJob = import 'kuplet/tf-job/tf-job.libsonnet';

tfJob.parts(params)
