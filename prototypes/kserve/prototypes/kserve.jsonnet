// @apiVersion 0.1
// @name io.kuplet.pkg.kserve
// @description Serves a model with KServe, in Standard mode: Kubernetes' own Deployment and Service, without
// Knative. The serving runtime is found by the model's format; the model is copied into each pod before the
// server starts. An account of its own holds the credentials of the store.
// @shortDescription Serve a model with KServe
// @optionalParam name string  Name of the objects; the component's name when empty
// @optionalParam namespace string  Namespace; the environment's when empty
// @param model_format string Format of the model, which decides the server: sklearn, xgboost, tensorflow, onnx, huggingface, mlflow …
// @optionalParam model_format_version string  Version of the format, where servers differ
// @param storage_uri string Where the model is: s3://BUCKET/PATH, gs://BUCKET/PATH, hf://ORGANISATION/MODEL, pvc://CLAIM/PATH, oci://IMAGE
// @optionalParam runtime string  ServingRuntime or ClusterServingRuntime; found by the format when empty
// @optionalParam runtime_version string  Tag of the server's image; what the runtime says when empty
// @optionalParam protocol_version string  Protocol of requests (v1, v2, grpc-v2); v1 when empty, which servers of onnx do not speak
// @optionalParam args array [] Further arguments of the server
// @optionalParam env object {} Environment variables of the server: NAME to value, or to a valueFrom object
// @optionalParam store string  Object store: a component of kuplet/s3 or kuplet/minio, or secret/NAME of a Secret that tells of one
// @optionalParam replicas integer 1 Number of pods; with max_replicas the least number
// @optionalParam max_replicas integer 0 Most pods that load may start; no autoscaling when 0
// @optionalParam target_cpu_utilization integer 80 Percent of requested CPU that autoscaling aims at
// @optionalParam gpus integer 0 GPUs of each pod
// @optionalParam gpu_class string  DeviceClass of those GPUs, on Kubernetes 1.34 and later; counted as nvidia.com/gpu when empty
// @optionalParam cpu numberOrString 1 CPU that each pod requests
// @optionalParam memory string 2Gi Memory that each pod requests, and the limit unless memory_limit is set
// @optionalParam cpu_limit string  Limit of CPU; none when empty
// @optionalParam memory_limit string  Limit of memory; what is requested when empty
// @optionalParam queue string  LocalQueue of Kueue in which the pods wait for their turn; none when empty
// @optionalParam priority string  WorkloadPriorityClass of Kueue that decides who is first in the queue
// @optionalParam service_account string  ServiceAccount of the pods, with the store's Secret among its secrets; one of its own when empty
// @optionalParam run_as_user integer 0 User that the server runs as; the image's when 0
// @optionalParam priority_class string  PriorityClass of the pods
// @optionalParam image_pull_secrets array [] Names of Secrets to pull the images with
// @optionalParam node_selector object {} Labels of the nodes that the pods may run on
// @optionalParam tolerations array [] Taints of nodes that they tolerate; that of GPU nodes is added with gpus

local kserve = import 'kuplet/kserve/kserve.libsonnet';

kserve.parts(params)
