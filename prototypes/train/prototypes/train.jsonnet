// @apiVersion 0.1
// @name io.kuplet.pkg.train
// @description Distributed training with PyTorch or TensorFlow: the same program on every node, as the job of
// the controller that your cluster has. Of PyTorch each node learns from the environment where the others are;
// start the program with torchrun. Of TensorFlow (tfjob) each finds its role in TF_CONFIG.
// @shortDescription Distributed training: TrainJob, PyTorchJob, TFJob or JobSet
// @optionalParam name string  Name of the job; the component's name when empty
// @optionalParam namespace string  Namespace; the environment's when empty
// @optionalParam backend enum(trainjob,pytorchjob,tfjob,jobset) trainjob Which kind of job: of Kubeflow's Trainer, of its training operator (two), or a JobSet
// @param image string Image with the training program
// @optionalParam image_pull_secrets array [] Names of Secrets to pull the image with
// @optionalParam command array [] Program to start, for example ["torchrun","train.py"]; the image's when empty
// @optionalParam args array [] Arguments of the program
// @optionalParam env object {} Environment variables: NAME to value, or to a valueFrom object
// @optionalParam nodes integer 1 Number of nodes: pods that train
// @optionalParam gpus integer 0 GPUs of each node
// @optionalParam gpu_class string  DeviceClass of those GPUs, on Kubernetes 1.34 and later; counted as nvidia.com/gpu when empty
// @optionalParam processes_per_node integer 0 Processes that torchrun starts on each node; one for each GPU when 0, and one without
// @optionalParam num_ps integer 0 Number of parameter servers, of a tfjob only
// @optionalParam num_evaluators integer 0 Number of evaluators, 0 or 1, of a tfjob only
// @optionalParam cpu numberOrString 1 CPU that each node requests
// @optionalParam memory string 2Gi Memory that each node requests, and the limit unless memory_limit is set
// @optionalParam cpu_limit string  Limit of CPU; none when empty
// @optionalParam memory_limit string  Limit of memory; what is requested when empty
// @optionalParam shm_size string  Shared memory at /dev/shm, for the workers of a DataLoader; counts as memory; what the node gives (64Mi) when empty
// @optionalParam pvc string  Existing PersistentVolumeClaim to mount; every node mounts it
// @optionalParam pvc_mount_path string /data Where to mount it
// @optionalParam volumes array [] Further volumes of the pods, as Kubernetes spells them
// @optionalParam volume_mounts array [] Where to mount those, as Kubernetes spells it
// @optionalParam store string  Object store: a component of kuplet/s3 or kuplet/minio, or secret/NAME of a Secret that tells of one
// @optionalParam runtime string  ClusterTrainingRuntime of a trainjob; when empty torch-distributed, or one of the job's own where it must be
// @optionalParam backoff_limit integer 0 Restarts before the job has failed; what the backend does by itself when 0
// @optionalParam active_deadline_seconds integer 0 Seconds after which the job has failed; 0 for never
// @optionalParam queue string  LocalQueue of Kueue in which the job waits for its turn; none when empty
// @optionalParam priority string  WorkloadPriorityClass of Kueue that decides who is first in the queue
// @optionalParam service_account string  ServiceAccount of the pods; the namespace's default when empty
// @optionalParam run_as_user integer 0 User that the program runs as; the image's when 0
// @optionalParam priority_class string  PriorityClass of the pods
// @optionalParam node_selector object {} Labels of the nodes that the pods may run on
// @optionalParam tolerations array [] Taints of nodes that they tolerate; that of GPU nodes is added with gpus

local train = import 'kuplet/train/train.libsonnet';

train.parts(params)
