// @apiVersion 0.1
// @name io.kuplet.pkg.mlflow
// @description A tracking server of MLflow, on port 5000: runs, metrics, models and their versions. It keeps them in
// a database, or in a file on a volume of its own; the files of runs go to an object store, or to the volume.
// @shortDescription MLflow's tracking server and model registry
// @optionalParam name string  Name of the objects; the component's name when empty
// @optionalParam namespace string  Namespace; the environment's when empty
// @optionalParam image string ghcr.io/mlflow/mlflow:v3.18.0-full Image of the server, with the drivers of databases and S3
// @optionalParam image_pull_secrets array [] Names of Secrets to pull the image with
// @optionalParam database_secret string  Existing Secret with the address of a database; a file on the volume when empty
// @optionalParam database_key string uri Key in that Secret, for example postgresql://USER:PASSWORD@HOST/NAME
// @optionalParam artifacts string  Where the files of runs go: s3://BUCKET/PATH; to the volume when empty
// @optionalParam store string  Object store: a component of kuplet/s3 or kuplet/minio, or secret/NAME of a Secret that tells of one
// @optionalParam allowed_hosts array [] Further names by which the server may be asked, such as mlflow.example.com
// @optionalParam args array [] Further arguments of mlflow server
// @optionalParam env object {} Environment variables: NAME to value, or to a valueFrom object
// @optionalParam replicas integer 1 Number of pods; more than one need a database and artifacts in a store
// @optionalParam storage string 10Gi Size of the volume
// @optionalParam storage_class string  StorageClass of the volume; the cluster's default when empty
// @optionalParam service_type enum(ClusterIP,NodePort,LoadBalancer) ClusterIP Type of the Service
// @optionalParam cpu numberOrString 250m CPU that each pod requests
// @optionalParam memory string 2Gi Memory that each pod requests, and the limit unless memory_limit is set
// @optionalParam cpu_limit string  Limit of CPU; none when empty
// @optionalParam memory_limit string  Limit of memory; what is requested when empty
// @optionalParam queue string  LocalQueue of Kueue in which the pods wait for their turn; none when empty
// @optionalParam priority string  WorkloadPriorityClass of Kueue that decides who is first in the queue
// @optionalParam service_account string  ServiceAccount of the pods; the namespace's default when empty
// @optionalParam run_as_user integer 1000 User that the server runs as; the image's when 0
// @optionalParam priority_class string  PriorityClass of the pods
// @optionalParam node_selector object {} Labels of the nodes that the pods may run on
// @optionalParam tolerations array [] Taints of nodes that they tolerate

local mlflow = import 'kuplet/mlflow/mlflow.libsonnet';

mlflow.parts(params, env)
