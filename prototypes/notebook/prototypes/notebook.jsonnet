// @apiVersion 0.1
// @name io.kuplet.pkg.notebook
// @description JupyterLab for one person or team, with a volume for its files. Whoever opens it needs its token,
// which is made up at the first apply. For many people with a login each there is JupyterHub in kuplet/core.
// @shortDescription JupyterLab with a volume
// @optionalParam name string  Name of the objects; the component's name when empty
// @optionalParam namespace string  Namespace; the environment's when empty
// @optionalParam image string quay.io/jupyter/pytorch-notebook:2025-06-02 Image with Jupyter, whose home is /home/jovyan
// @optionalParam image_gpu string quay.io/jupyter/pytorch-notebook:cuda12-2025-06-02 Image when gpus is set
// @optionalParam image_pull_secrets array [] Names of Secrets to pull the image with
// @optionalParam args array [] Further arguments of JupyterLab
// @optionalParam env object {} Environment variables: NAME to value, or to a valueFrom object
// @optionalParam token_secret string  Existing Secret with the token under the key token; made up when empty
// @optionalParam gpus integer 0 GPUs of the notebook
// @optionalParam gpu_class string  DeviceClass of those GPUs, on Kubernetes 1.34 and later; counted as nvidia.com/gpu when empty
// @optionalParam cpu numberOrString 1 CPU that it requests
// @optionalParam memory string 4Gi Memory that it requests, and the limit unless memory_limit is set
// @optionalParam cpu_limit string  Limit of CPU; none when empty
// @optionalParam memory_limit string  Limit of memory; what is requested when empty
// @optionalParam storage string 10Gi Size of the volume
// @optionalParam storage_class string  StorageClass of the volume; the cluster's default when empty
// @optionalParam pvc string  Existing PersistentVolumeClaim to mount besides
// @optionalParam pvc_mount_path string /data Where to mount it
// @optionalParam store string  Object store: a component of kuplet/s3 or kuplet/minio, or secret/NAME of a Secret that tells of one
// @optionalParam stopped boolean false Keep the volume without a pod
// @optionalParam queue string  LocalQueue of Kueue in which the pod waits for its turn; none when empty
// @optionalParam priority string  WorkloadPriorityClass of Kueue that decides who is first in the queue
// @optionalParam service_account string  ServiceAccount of the pod; the namespace's default when empty
// @optionalParam priority_class string  PriorityClass of the pod
// @optionalParam node_selector object {} Labels of the nodes that the pod may run on
// @optionalParam tolerations array [] Taints of nodes that it tolerates; that of GPU nodes is added with gpus

local notebook = import 'kuplet/notebook/notebook.libsonnet';

notebook.parts(params)
