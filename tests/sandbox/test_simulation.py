"""What simulated pods, volumes and TFJobs do, on a real control plane."""

import pytest
import yaml

from compiler.sandbox import NodeShape
from tests.sandbox.cluster import (
    Cluster,
    Manifest,
    no_progress,
    tfjob,
    tfjob_definition,
    wait_until,
)

pytestmark = pytest.mark.cluster

BEHAVIOUR = "sandbox.kuplet.dev/behaviour"
CONTAINERS: Manifest = {"containers": [{"name": "main", "image": "example.test/app"}]}


def pod(name: str, behaviour: str = "", **spec: object) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "default",
            "annotations": {BEHAVIOUR: behaviour} if behaviour else {},
        },
        "spec": {**CONTAINERS, **spec},
    }


def job(name: str, behaviour: str = "") -> Manifest:
    template = {
        "metadata": {"annotations": {BEHAVIOUR: behaviour} if behaviour else {}},
        "spec": {**CONTAINERS, "restartPolicy": "Never"},
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"backoffLimit": 0, "template": template},
    }


def workload(kind: str, name: str, **spec: object) -> Manifest:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": CONTAINERS},
            **spec,
        },
    }


def container_state(cluster: Cluster, name: str) -> tuple[str, int]:
    """Return the waiting reason of a pod's container, and how often it was restarted."""
    path = "jsonpath={.status.containerStatuses[0]['state.waiting.reason', 'restartCount']}"
    *reason, restarts = cluster.kubectl("get", "pod", name, "-o", path).split() or ["0"]
    return " ".join(reason), int(restarts)


def test_a_deployment_becomes_available(cluster: Cluster) -> None:
    cluster.apply(workload("Deployment", "web", replicas=3))
    wait_until(lambda: cluster.condition("deployment", "web", "Available") == "True")
    assert cluster.status("deployment", "web")["readyReplicas"] == 3


def test_a_stateful_set_gets_its_volumes_and_a_deleted_claim_frees_them(cluster: Cluster) -> None:
    claim: Manifest = {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    cluster.apply(
        workload("StatefulSet", "db", replicas=2, serviceName="db", volumeClaimTemplates=[claim])
    )
    wait_until(lambda: cluster.status("statefulset", "db").get("readyReplicas") == 2)
    assert cluster.status("pvc", "data-db-0")["phase"] == "Bound"
    path = "jsonpath={.items[*].spec.volumeName}"
    volumes = cluster.kubectl("get", "pvc", "data-db-0", "data-db-1", "-o", path).split()
    assert len(volumes) == 2

    cluster.kubectl("delete", "statefulset/db", "pvc/data-db-0", "pvc/data-db-1")
    gone = ("get", "pv", *volumes, "--ignore-not-found", "-o", "name")
    wait_until(lambda: cluster.kubectl(*gone) == "")


def test_a_job_completes(cluster: Cluster) -> None:
    cluster.apply(job("training"))
    wait_until(lambda: cluster.condition("job", "training", "Complete") == "True")


def test_a_pod_that_is_told_to_fail_fails_with_exit_code_1(cluster: Cluster) -> None:
    cluster.apply(job("failing", "fail"), pod("failing", "fail", restartPolicy="Never"))
    wait_until(lambda: cluster.status("pod", "failing")["phase"] == "Failed")
    path = "jsonpath={.status.containerStatuses[0].state.terminated['exitCode', 'reason']}"
    assert cluster.kubectl("get", "pod", "failing", "-o", path) == "1 Error"
    wait_until(lambda: cluster.condition("job", "failing", "Failed") == "True")


def test_a_pod_that_is_told_to_crash_is_restarted_again_and_again(cluster: Cluster) -> None:
    cluster.apply(pod("crashing", "crash-loop"), pod("failing-forever", "fail"))
    wait_until(lambda: container_state(cluster, "crashing") == ("CrashLoopBackOff", 1))
    wait_until(lambda: container_state(cluster, "failing-forever")[0] == "CrashLoopBackOff")
    assert cluster.condition("pod", "crashing", "Ready") == "False"
    wait_until(lambda: container_state(cluster, "crashing") == ("CrashLoopBackOff", 2))


def test_a_pod_that_is_told_never_to_be_ready_runs(cluster: Cluster) -> None:
    cluster.apply(pod("never-ready", "never-ready"))
    wait_until(lambda: cluster.status("pod", "never-ready")["phase"] == "Running")
    assert cluster.condition("pod", "never-ready", "Ready") == "False"


def test_a_slow_pod_takes_twenty_seconds(cluster: Cluster) -> None:
    cluster.apply(pod("slow", "slow"), pod("fast"))
    wait_until(lambda: cluster.condition("pod", "fast", "Ready") == "True")
    assert cluster.status("pod", "slow")["phase"] == "Pending"
    wait_until(lambda: cluster.condition("pod", "slow", "Ready") == "True", timeout_s=30)


def test_init_containers_and_readiness_gates_are_passed(cluster: Cluster) -> None:
    init: list[Manifest] = [
        {"name": "init", "image": "example.test/init"},
        {"name": "sidecar", "image": "example.test/sidecar", "restartPolicy": "Always"},
    ]
    gates = [{"conditionType": "example.test/gate"}]
    cluster.apply(pod("gated", initContainers=init, readinessGates=gates))
    wait_until(lambda: cluster.condition("pod", "gated", "Ready") == "True")
    assert cluster.condition("pod", "gated", "example.test/gate") == "True"


def test_the_scheduler_says_why_a_pod_does_not_fit(cluster: Cluster) -> None:
    containers = [
        {
            "name": "main",
            "image": "example.test/app",
            "resources": {"limits": {"nvidia.com/gpu": 8}},
        }
    ]
    cluster.apply(pod("greedy", containers=containers))
    wait_until(lambda: cluster.condition("pod", "greedy", "PodScheduled") == "False")
    path = "jsonpath={.status.conditions[0].message}"
    message = cluster.kubectl("get", "pod", "greedy", "-o", path)
    assert message.startswith("0/3 nodes are available: 3 Insufficient nvidia.com/gpu")


def test_the_log_of_a_pod_says_that_it_is_simulated(cluster: Cluster) -> None:
    cluster.apply(pod("quiet"))
    wait_until(lambda: cluster.condition("pod", "quiet", "Ready") == "True")
    assert cluster.kubectl("logs", "quiet").startswith("This pod is simulated")


def test_the_nodes_take_the_shape_that_is_asked_for(cluster: Cluster) -> None:
    def nodes() -> str:
        columns = r"{.metadata.name}={.status.allocatable.nvidia\.com/gpu} "
        return cluster.kubectl(
            "get", "nodes", "-o", f"jsonpath={{range .items[*]}}{columns}{{end}}"
        )

    assert nodes() == "sandbox-1=1 sandbox-2=1 sandbox-3=1 "
    cluster.sandbox.start(no_progress, nodes=NodeShape(count=1, gpus=4))
    assert nodes() == "sandbox-1=4 "
    cluster.sandbox.start(no_progress, nodes=NodeShape())
    assert nodes() == "sandbox-1=1 sandbox-2=1 sandbox-3=1 "


def test_a_tfjob_succeeds_without_the_operator(cluster: Cluster) -> None:
    """The definition of TFJobs may come long after the sandbox has started."""
    definition = yaml.safe_dump(tfjob_definition())  # a controller may have left its own
    cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f-", manifests=definition)
    cluster.kubectl("wait", "--for=condition=Established", "crd/tfjobs.kubeflow.org")
    cluster.apply(tfjob("plain"), tfjob("failing", "fail"), tfjob("crashing", "crash-loop"))
    wait_until(lambda: cluster.condition("tfjob", "plain", "Succeeded") == "True")
    status = cluster.status("tfjob", "plain")
    assert status["replicaStatuses"] == {"Chief": {"succeeded": 1}, "Worker": {"succeeded": 2}}
    assert status.keys() >= {"startTime", "completionTime"}
    wait_until(lambda: cluster.condition("tfjob", "failing", "Failed") == "True")
    assert cluster.condition("tfjob", "crashing", "Restarting") == "True"
