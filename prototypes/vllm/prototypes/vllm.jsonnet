// @apiVersion 0.1
// @name io.kuplet.pkg.vllm
// @description Serves a language model with vLLM, by the API of OpenAI on port 8000. The model comes from the
// Hugging Face Hub, from S3 or from a volume. A pod is ready when the model can be asked, not before. A model
// that is too large for one node is spread over several, as groups of a LeaderWorkerSet.
// @shortDescription Serve a language model with vLLM
// @optionalParam name string  Name of the objects; the component's name when empty
// @optionalParam namespace string  Namespace; the environment's when empty
// @param model string Where the model is: ORGANISATION/MODEL on the Hugging Face Hub, s3://BUCKET/PATH, or /PATH in pvc
// @optionalParam model_name string  Name of the model in requests; that of the component when empty
// @optionalParam revision string  Branch, tag or commit on the Hub; its main branch when empty
// @optionalParam image string vllm/vllm-openai:v0.33.0 Image of the server
// @optionalParam image_pull_secrets array [] Names of Secrets to pull the image with
// @optionalParam args array [] Further arguments of vllm serve
// @optionalParam env object {} Environment variables: NAME to value, or to a valueFrom object
// @optionalParam hf_token_secret string  Existing Secret with a token of the Hub, for models that need one
// @optionalParam hf_token_key string HF_TOKEN Key in that Secret
// @optionalParam store string  Object store: a component of kuplet/s3 or kuplet/minio, or secret/NAME of a Secret that tells of one
// @optionalParam pvc string  Existing PersistentVolumeClaim with the model; of a model of the Hub it keeps what was loaded
// @optionalParam fetch_image string rclone/rclone:1.75.1 Image that copies the model from S3
// @optionalParam replicas integer 1 Number of servers, each of which has the whole model
// @optionalParam nodes integer 1 Number of nodes that share one model
// @optionalParam gpus integer 1 GPUs of each node
// @optionalParam gpu_class string  DeviceClass of those GPUs, on Kubernetes 1.34 and later; counted as nvidia.com/gpu when empty
// @optionalParam cpu numberOrString 4 CPU that each node requests
// @optionalParam memory string 16Gi Memory that each node requests, and the limit unless memory_limit is set
// @optionalParam cpu_limit string  Limit of CPU; none when empty
// @optionalParam memory_limit string  Limit of memory; what is requested when empty
// @optionalParam shm_size string 2Gi Shared memory at /dev/shm, which GPUs talk through; counts as memory
// @optionalParam load_timeout_seconds integer 1800 Seconds that loading the model may take
// @optionalParam service_type enum(ClusterIP,NodePort,LoadBalancer) ClusterIP Type of the Service
// @optionalParam queue string  LocalQueue of Kueue in which the pods wait for their turn; none when empty
// @optionalParam priority string  WorkloadPriorityClass of Kueue that decides who is first in the queue
// @optionalParam service_account string  ServiceAccount of the pods; the namespace's default when empty
// @optionalParam run_as_user integer 0 User that the server runs as; the image's when 0
// @optionalParam priority_class string  PriorityClass of the pods
// @optionalParam node_selector object {} Labels of the nodes that the pods may run on
// @optionalParam tolerations array [] Taints of nodes that they tolerate; that of GPU nodes is added with gpus

local vllm = import 'kuplet/vllm/vllm.libsonnet';

vllm.parts(params)
