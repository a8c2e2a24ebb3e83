// @apiVersion 0.1
// @name io.kuplet.pkg.ray-job
// @description Runs a program on a Ray cluster of its own: KubeRay starts the cluster, submits the program, and
// removes the cluster when it has ended. For training with Ray Train, tuning, and work on much data.
// @shortDescription A program on a Ray cluster of its own
// @optionalParam name string  Name of the job; the component's name when empty
// @optionalParam namespace string  Namespace; the environment's when empty
// @param image string Image with Ray and the program
// @param command array Program to start on the cluster, for example ["python","train.py"]
// @optionalParam args array [] Arguments of the program
// @optionalParam image_pull_secrets array [] Names of Secrets to pull the image with
// @optionalParam ray_version string  Version of Ray in the image; KubeRay guesses when empty
// @optionalParam runtime_env object {} Environment that Ray makes for the program: pip, working_dir, env_vars …
// @optionalParam env object {} Environment variables of all pods: NAME to value, or to a valueFrom object
// @optionalParam nodes integer 1 Number of nodes that work, besides the head
// @optionalParam max_nodes integer 0 Most nodes that Ray may start when there is much to do; no autoscaling when 0
// @optionalParam gpus integer 0 GPUs of each node
// @optionalParam gpu_class string  DeviceClass of those GPUs, on Kubernetes 1.34 and later; counted as nvidia.com/gpu when empty
// @optionalParam cpu numberOrString 1 CPU that each node requests
// @optionalParam memory string 4Gi Memory that each node requests, and the limit unless memory_limit is set
// @optionalParam cpu_limit string  Limit of CPU; none when empty
// @optionalParam memory_limit string  Limit of memory; what is requested when empty
// @optionalParam head_cpu numberOrString 1 CPU that the head requests
// @optionalParam head_memory string 4Gi Memory of the head
// @optionalParam pvc string  Existing PersistentVolumeClaim to mount; every pod mounts it
// @optionalParam pvc_mount_path string /data Where to mount it
// @optionalParam volumes array [] Further volumes of the pods, as Kubernetes spells them
// @optionalParam volume_mounts array [] Where to mount those, as Kubernetes spells it
// @optionalParam store string  Object store: a component of kuplet/s3 or kuplet/minio, or secret/NAME of a Secret that tells of one
// @optionalParam backoff_limit integer 0 Restarts, each with a new cluster, before the job has failed
// @optionalParam active_deadline_seconds integer 0 Seconds after which the job has failed; 0 for never
// @optionalParam ttl_seconds_after_finished integer 60 Seconds after which the cluster of a job that has ended is removed; the job stays
// @optionalParam queue string  LocalQueue of Kueue in which the job waits for its turn; none when empty
// @optionalParam priority string  WorkloadPriorityClass of Kueue that decides who is first in the queue
// @optionalParam service_account string  ServiceAccount of the pods; the namespace's default when empty
// @optionalParam run_as_user integer 0 User that Ray runs as; the image's when 0
// @optionalParam priority_class string  PriorityClass of the pods
// @optionalParam node_selector object {} Labels of the nodes that pods which work may run on; the head runs anywhere
// @optionalParam tolerations array [] Taints of nodes that they tolerate; that of GPU nodes is added with gpus

local rayJob = import 'kuplet/ray-job/ray-job.libsonnet';

rayJob.parts(params)
