"""What is simulated: nodes, pods, volumes and, without Kubeflow's operator, TFJobs.

KWOK plays the kubelet by the rules in ``stages/``. Everything that decides about pods — admission,
scheduling, rollouts, job completion, garbage collection — is the real control plane.
"""

from pathlib import Path

import yaml

from compiler.kinds import kubeflow
from compiler.model.json import JsonObject, JsonValue
from compiler.sandbox.catalogue import KWOK
from compiler.sandbox.control_plane import POD_ADDRESSES
from compiler.sandbox.https import HttpsServer
from compiler.sandbox.layout import write_private_file
from compiler.sandbox.ports import LOOPBACK
from compiler.sandbox.processes import ProcessSpec
from compiler.sandbox.runtime import Runtime
from compiler.sandbox.settings import NodeShape

KWOK_PORT = "kwok"
TFJOB_SIMULATION = "tfjob-simulation"
TFJOB_PLURAL = "tfjobs"

_STAGES = Path(__file__).parent / "stages"
_NODE_LABEL = "sandbox.kuplet.dev/node"
_NODES = f"/api/v1/nodes?labelSelector={_NODE_LABEL}"
_EPOCH = "1970-01-01T00:00:00.000000000Z"
_NO_OUTPUT = "This pod is simulated: no container runs, so there is no output."
_STORAGE_CLASS: JsonObject = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {
        "name": "standard",
        "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
    },
    "provisioner": "kwok.x-k8s.io/volume",
    "reclaimPolicy": "Delete",
    "volumeBindingMode": "Immediate",
}


def kwok(runtime: Runtime) -> ProcessSpec:
    """Describe the process that simulates nodes, pods and volumes."""
    port = runtime.ports[KWOK_PORT]
    server = runtime.certificates.server
    configuration = _write_configuration(
        runtime, "kwok", ("nodes", "pods", "volumes"), [_simulated_logs(runtime)]
    )
    arguments = (
        f"--kubeconfig={runtime.layout.kubeconfig}",
        f"--config={configuration}",
        "--manage-all-nodes",
        f"--cidr={POD_ADDRESSES}",
        f"--node-ip={LOOPBACK}",
        f"--node-port={port}",
        # A restarted KWOK would leave every node alone until the leases of the last one expire.
        "--node-lease-duration-seconds=0",
        f"--server-address={LOOPBACK}:{port}",
        f"--tls-cert-file={server.certificate}",
        f"--tls-private-key-file={server.key}",
        "--v=WARN",
    )
    return runtime.spec(KWOK, arguments, reads=(runtime.layout.kubeconfig, configuration))


def tfjob_simulation(runtime: Runtime) -> ProcessSpec:
    """Describe the process that simulates TFJobs; it waits until their definition is applied.

    KWOK cannot start with stages for a kind that does not exist yet, hence a process of its own.
    """
    configuration = _write_configuration(runtime, TFJOB_SIMULATION, ("tfjobs",), [])
    arguments = (
        f"--kubeconfig={runtime.layout.kubeconfig}",
        f"--config={configuration}",
        # It insists on managing nodes: let it be one that does not exist.
        f"--manage-single-node={TFJOB_SIMULATION}",
        "--v=WARN",
    )
    spec = runtime.spec(
        KWOK,
        arguments,
        name=TFJOB_SIMULATION,
        reads=(runtime.layout.kubeconfig, configuration),
    )
    return runtime.after_kind(spec, kubeflow.VERSION, TFJOB_PLURAL)


def apply_simulated_objects(server: HttpsServer, shape: NodeShape) -> None:
    """Create the simulated nodes and the storage class; delete nodes that are too many.

    Raises:
        ServerError: The API server does not answer, or refuses.
    """
    server.apply("/apis/storage.k8s.io/v1/storageclasses/standard", _STORAGE_CLASS)
    wanted = [f"sandbox-{number}" for number in range(1, shape.count + 1)]
    for name in wanted:
        path = f"/api/v1/nodes/{name}"
        server.apply(path, _node(name))
        server.apply(f"{path}/status", _node_status(name, shape))
    for node in server.list(_NODES):
        match node:
            case {"metadata": {"name": str(name)}} if name not in wanted:
                server.delete(f"/api/v1/nodes/{name}")
            case _:
                pass


def are_pods_welcome(server: HttpsServer, shape: NodeShape) -> bool:
    """Whether a pod created now is accepted and, if it fits, scheduled at once.

    Raises:
        ServerError: The API server does not answer.
    """
    if not server.exists("/api/v1/namespaces/default/serviceaccounts/default"):
        return False
    ready = [node for node in server.list(_NODES) if _is_ready(node)]
    return len(ready) == shape.count


def _is_ready(node: JsonObject) -> bool:
    match node:
        # The control plane keeps pods away until it has seen the node ready.
        case {"spec": {"taints": [*taints]}} if any(map(_says_not_ready, taints)):
            return False
        case {"status": {"conditions": [*conditions], "allocatable": {}}}:
            return any(map(_says_ready, conditions))
        case _:
            return False


def _says_not_ready(taint: JsonValue) -> bool:
    match taint:
        case {"key": "node.kubernetes.io/not-ready" | "node.kubernetes.io/unreachable"}:
            return True
        case _:
            return False


def _says_ready(condition: JsonValue) -> bool:
    match condition:
        case {"type": "Ready", "status": "True"}:
            return True
        case _:
            return False


def _node(name: str) -> JsonObject:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {
                _NODE_LABEL: "",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
            },
        },
    }


def _node_status(name: str, shape: NodeShape) -> JsonObject:
    resources: JsonObject = {
        "cpu": shape.cpu,
        "memory": shape.memory,
        "ephemeral-storage": "100Gi",  # what nodes of clouds have by default
        "pods": "110",
    }
    if shape.gpus:
        resources["nvidia.com/gpu"] = str(shape.gpus)
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name},
        "status": {"allocatable": resources, "capacity": dict(resources)},
    }


def _write_configuration(
    runtime: Runtime, name: str, stages: tuple[str, ...], more: list[JsonObject]
) -> Path:
    """Write a configuration file of KWOK: our stages and further documents."""
    documents = [(_STAGES / f"{stage}.yaml").read_text() for stage in stages]
    documents += [yaml.safe_dump(document) for document in more]
    path = runtime.layout.configuration / f"{name}.yaml"
    write_private_file(path, "---\n".join(documents))
    return path


def _simulated_logs(runtime: Runtime) -> JsonObject:
    """Answer ``kubectl logs`` with the truth instead of an error."""
    log = runtime.layout.configuration / "pod.log"
    if not log.exists():  # whoever tries out logs may write more into it
        write_private_file(log, f"{_EPOCH} stdout F {_NO_OUTPUT}\n")  # as a kubelet writes logs
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "ClusterLogs",
        "metadata": {"name": "simulated"},
        "spec": {"logs": [{"logsFile": str(log), "previousLogsFile": str(log), "follow": True}]},
    }
