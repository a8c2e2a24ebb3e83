"""Jobs of the kinds whose controllers run in the sandbox."""

POD = (
    "{metadata: {annotations: {sandbox.kuplet.dev/behaviour: BEHAVIOUR}}, "
    'spec: {restartPolicy: Never, containers: [{name: CONTAINER, image: "a:1", '
    "resources: {limits: {cpu: 1, memory: 1024Mi}}}]}}"
)
JOBS = {
    "PyTorchJob": """\
apiVersion: kubeflow.org/v1
kind: PyTorchJob
metadata: {name: NAME}
spec:
  runPolicy: {backoffLimit: 0, suspend: SUSPEND}
  pytorchReplicaSpecs:
    Master: {replicas: 1, restartPolicy: Never, template: POD}
    Worker: {replicas: 2, restartPolicy: Never, template: POD}
""".replace("POD", POD.replace("CONTAINER", "pytorch")),
    "JobSet": """\
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: NAME}
spec:
  suspend: SUSPEND
  replicatedJobs:
  - {name: node, replicas: 2, template: {spec: {backoffLimit: 0, template: POD}}}
""".replace("POD", POD.replace("CONTAINER", "main")),
    "TrainJob": """\
apiVersion: trainer.kubeflow.org/v1alpha1
kind: TrainingRuntime
metadata: {name: NAME, labels: {trainer.kubeflow.org/framework: torch}}
spec:
  mlPolicy: {numNodes: 2}
  template:
    spec:
      replicatedJobs:
      - name: node
        template:
          metadata: {labels: {trainer.kubeflow.org/trainjob-ancestor-step: trainer}}
          spec: {backoffLimit: 0, template: POD}
---
apiVersion: trainer.kubeflow.org/v1alpha1
kind: TrainJob
metadata: {name: NAME}
spec:
  suspend: SUSPEND
  runtimeRef: {name: NAME, kind: TrainingRuntime}
  trainer: {resourcesPerNode: {limits: {cpu: 1, memory: 1024Mi}}}
""".replace("POD", POD.replace("CONTAINER", "node")),
    "RayJob": """\
apiVersion: ray.io/v1
kind: RayJob
metadata: {name: NAME}
spec:
  suspend: SUSPEND
  entrypoint: python train.py
  shutdownAfterJobFinishes: true
  submitterPodTemplate: POD
  rayClusterSpec:
    headGroupSpec:
      rayStartParams: {}
      template: {spec: {containers: [{name: head, image: "a:1"}]}}
    workerGroupSpecs:
    - groupName: all
      replicas: 2
      rayStartParams: {}
      template: {spec: {containers: [{name: worker, image: "a:1"}]}}
""".replace("POD", POD.replace("CONTAINER", "submitter")),
}


def _of_the_training_operator(kind: str, field: str, container: str, *roles: str) -> str:
    specs = "".join(
        f"    {role}: {{replicas: 1, restartPolicy: Never, template: POD}}\n" for role in roles
    ).replace("POD", POD.replace("CONTAINER", container))
    return f"""\
apiVersion: kubeflow.org/v1
kind: {kind}
metadata: {{name: NAME}}
spec:
  runPolicy: {{backoffLimit: 0, suspend: SUSPEND}}
  {field}:
{specs}"""


# The kinds that the training operator treats as it does a PyTorchJob.
ALIKE = {
    "JAXJob": _of_the_training_operator("JAXJob", "jaxReplicaSpecs", "jax", "Worker"),
    "MPIJob": _of_the_training_operator("MPIJob", "mpiReplicaSpecs", "mpi", "Launcher", "Worker"),
    "PaddleJob": _of_the_training_operator("PaddleJob", "paddleReplicaSpecs", "paddle", "Worker"),
    "TFJob": _of_the_training_operator("TFJob", "tfReplicaSpecs", "tensorflow", "Chief", "Worker"),
    "XGBoostJob": _of_the_training_operator(
        "XGBoostJob", "xgbReplicaSpecs", "xgboost", "Master", "Worker"
    ),
}


def job_of(
    kind: str,
    behaviour: str = "none",
    *,
    name: str = "train",
    queue: str = "",
    is_held: bool = False,
) -> str:
    """Return the manifest of a job."""
    text = (JOBS | ALIKE)[kind].replace("BEHAVIOUR", behaviour)
    if queue:
        queued = f"metadata: {{name: NAME, labels: {{kueue.x-k8s.io/queue-name: {queue}}}}}"
        text = text.replace("metadata: {name: NAME}", queued)
    return text.replace("NAME", name).replace("SUSPEND", str(is_held).lower())
