// @apiVersion 0.1
// @name io.kuplet.pkg.core
// @description What a cluster needs before machine-learning jobs can run in it: the namespace, the
// TFJob custom resource definition, the Kubeflow training operator that runs TFJobs, and JupyterHub
// with notebooks that have TensorFlow. Definition and operator serve the whole cluster: where
// another environment brings them, leave them out of parts.
// @shortDescription Namespace, TFJob definition, training operator and JupyterHub
// @optionalParam name string  Value of the instance label of the objects; the component's name when empty
// @optionalParam namespace string  Namespace; the environment's when empty
// @optionalParam cloud enum(gke,eks,aks,minikube,none) none Where the cluster runs: decides storage class, load balancer and GPU nodes
// @optionalParam parts array ["crd","operator","jupyterhub"] What to install
// @optionalParam create_namespace boolean true Whether to create the namespace
// @optionalParam tfJobImage string ghcr.io/kubeflow/training-v1/training-operator:v1-93c5489 Image of the training operator (1.9.4)
// @optionalParam tfJobCpu numberOrString 100m CPU that the operator requests
// @optionalParam tfJobMemory string 256Mi Memory that the operator requests and is limited to
// @optionalParam jupyterHubImage string quay.io/jupyterhub/k8s-hub:4.3.3 Image of JupyterHub
// @optionalParam jupyterHubProxyImage string quay.io/jupyterhub/configurable-http-proxy:5.2.0 Image of its proxy
// @optionalParam jupyterHubServiceType enum(auto,ClusterIP,NodePort,LoadBalancer) auto Type of its Service; auto: an internal load balancer in a cloud, NodePort on minikube, else ClusterIP
// @optionalParam jupyterHubAuthenticator string shared-password Authenticator of JupyterHub; shared-password: any name, with a password of Secret jupyterhub
// @optionalParam jupyterHubAdmins array [] Names of users that may manage the servers of others
// @optionalParam jupyterHubExtraConfig string  Python to append to JupyterHub's configuration
// @optionalParam jupyterHubEnvSecret string  Existing Secret whose keys are environment variables of JupyterHub, such as OAUTH_CLIENT_SECRET
// @optionalParam jupyterHubCpu numberOrString 200m CPU that JupyterHub requests
// @optionalParam jupyterHubMemory string 512Mi Memory that JupyterHub requests and is limited to
// @optionalParam jupyterNotebookImage string quay.io/jupyter/tensorflow-notebook:2025-06-02 Image of notebooks
// @optionalParam jupyterNotebookGpuImage string quay.io/jupyter/tensorflow-notebook:cuda-2025-06-02 Image of notebooks with a GPU
// @optionalParam jupyterNotebookGpus integer 0 GPUs of each notebook
// @optionalParam jupyterNotebookCpu number 1 CPU that each notebook is promised
// @optionalParam jupyterNotebookMemory string 2G Memory that each notebook is promised and limited to; suffix K, M, G or T
// @optionalParam jupyterNotebookPVCMount string /home/jovyan Where a user's volume is mounted; no volumes when empty
// @optionalParam jupyterNotebookStorage string 10Gi Size of a user's volume
// @optionalParam storageClass string  StorageClass of all volumes; that of the cloud when empty

local core = import 'kuplet/core/core.libsonnet';

core.parts(params, env)
