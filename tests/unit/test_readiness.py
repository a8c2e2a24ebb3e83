import pytest

from compiler.kinds.readiness import readiness_of
from compiler.model.app import Goal
from compiler.model.json import JsonObject, JsonValue
from tests.surroundings import Alone


def live(api_version: str, kind: str, status: JsonValue = None, **fields: JsonValue) -> JsonObject:
    metadata: JsonObject = {"name": "x", "generation": 2}
    body: JsonObject = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}
    return body if status is None else {**body, "status": status}


def condition(kind: str, status: str = "True", reason: str = "", message: str = "") -> JsonValue:
    found: JsonValue = {
        "conditions": [{"type": kind, "status": status, "reason": reason, "message": message}]
    }
    return found


DEPLOYED: dict[str, JsonValue] = {
    "observedGeneration": 2,
    "replicas": 2,
    "updatedReplicas": 2,
    "availableReplicas": 2,
    "readyReplicas": 2,
}
TWO: JsonValue = {"replicas": 2}

SUSPENDED = "suspended by somebody else: the app does not ask for that"
CASES: list[tuple[str, JsonObject, Goal, bool, str]] = [
    ("config map", live("v1", "ConfigMap"), Goal.COMPLETED, False, ""),
    (
        "stale status",
        live("apps/v1", "Deployment", {**DEPLOYED, "observedGeneration": 1}, spec=TWO),
        Goal.PRESENT, False, "its controller has not seen the change yet",
    ),
    (
        "deployment",
        live("apps/v1", "Deployment", {**DEPLOYED}, spec=TWO), Goal.READY, False, "",
    ),
    (
        "deployment, old replicas",
        live("apps/v1", "Deployment", {**DEPLOYED, "replicas": 3}, spec=TWO),
        Goal.PRESENT, False, "1 old replicas are still there",
    ),
    (
        "deployment, unavailable",
        live("apps/v1", "Deployment", {**DEPLOYED, "availableReplicas": 1}, spec=TWO),
        Goal.PRESENT, False, "1 of 2 replicas available",
    ),
    (
        "deployment, gave up",
        live("apps/v1", "Deployment", condition(
            "Progressing", "False", "ProgressDeadlineExceeded", "too slow"), spec=TWO),
        Goal.PRESENT, True, "ProgressDeadlineExceeded: too slow",
    ),
    (
        "deployment of none",
        live("apps/v1", "Deployment", {"observedGeneration": 2}, spec={"replicas": 0}),
        Goal.READY, False, "",
    ),
    (
        "stateful set",
        live("apps/v1", "StatefulSet", {"readyReplicas": 2, "updatedReplicas": 2}, spec=TWO),
        Goal.READY, False, "",
    ),
    (
        "stateful set, updating",
        live("apps/v1", "StatefulSet", {"readyReplicas": 2, "updatedReplicas": 1}, spec=TWO),
        Goal.PRESENT, False, "1 of 2 replicas updated",
    ),
    (
        "stateful set, partition",
        live("apps/v1", "StatefulSet", {"readyReplicas": 2, "updatedReplicas": 1}, spec={
            "replicas": 2, "updateStrategy": {"rollingUpdate": {"partition": 1}}}),
        Goal.READY, False, "",
    ),
    (
        "deployment, stopped progressing",
        live("apps/v1", "Deployment", {**DEPLOYED, "conditions": [
            {"type": "Progressing", "status": "False", "reason": "FailedCreate"}]}, spec=TWO),
        Goal.PRESENT, False, "FailedCreate",
    ),
    (
        "deployment, stalled by kstatus' condition",
        live("apps/v1", "Deployment", {**DEPLOYED, "conditions": [
            {"type": "Stalled", "status": "True", "reason": "Quota"}]}, spec=TWO),
        Goal.PRESENT, True, "Quota",
    ),
    (
        "deployment, reconciling by kstatus' condition",
        live("apps/v1", "Deployment", {**DEPLOYED, "conditions": [
            {"type": "Reconciling", "status": "True"}]}, spec=TWO),
        Goal.PRESENT, False, "reconciling",
    ),
    (
        "replica set, not ready",
        live("apps/v1", "ReplicaSet", {"availableReplicas": 2, "readyReplicas": 1}, spec=TWO),
        Goal.PRESENT, False, "1 of 2 replicas ready",
    ),
    (
        "stateful set, nothing to update",
        live("apps/v1", "StatefulSet", {"readyReplicas": 2, "currentReplicas": 2}, spec=TWO),
        Goal.READY, False, "",
    ),
    (
        "stateful set, shrinking",
        live("apps/v1", "StatefulSet", {**DEPLOYED, "replicas": 3}, spec=TWO),
        Goal.PRESENT, False, "1 replicas too many are still there",
    ),
    (
        "daemon set, updated by hand",
        live("apps/v1", "DaemonSet", {
            "desiredNumberScheduled": 1, "numberAvailable": 1, "numberReady": 1},
            spec={"updateStrategy": {"type": "OnDelete"}}),
        Goal.READY, False, "",
    ),
    (
        "daemon set, not ready",
        live("apps/v1", "DaemonSet", {
            "desiredNumberScheduled": 1, "updatedNumberScheduled": 1, "numberAvailable": 1}),
        Goal.PRESENT, False, "0 of 1 pods ready",
    ),
    (
        "pod, ready",
        live("v1", "Pod", condition("Ready"), spec={"restartPolicy": "Always"}),
        Goal.READY, False, "",
    ),
    (
        "pod that is to end",
        live("v1", "Pod", condition("Ready"), spec={"restartPolicy": "Never"}),
        Goal.PRESENT, False, "running",
    ),
    (
        "budget of an old server",
        live("policy/v1beta1", "PodDisruptionBudget", {"observedGeneration": 2}),
        Goal.READY, False, "",
    ),
    (
        "rollout of an older workload",
        {**live("argoproj.io/v1alpha1", "Rollout", {
            "phase": "Healthy", "workloadObservedGeneration": "1"}),
         "metadata": {"annotations": {"rollout.argoproj.io/workload-generation": "2"}}},
        Goal.PRESENT, False, "its controller has not seen the change yet",
    ),
    (
        "rollout",
        live("argoproj.io/v1alpha1", "Rollout", {"phase": "Healthy", "observedGeneration": "2"}),
        Goal.COMPLETED, False, "",
    ),
    (
        "custom, of a group without a dot",
        live("something/v1", "Thing", condition("Ready", "False", "Loading")),
        Goal.PRESENT, False, "Loading",
    ),
    (
        "daemon set",
        live("apps/v1", "DaemonSet", {"desiredNumberScheduled": 0}), Goal.READY, False, "",
    ),
    (
        "daemon set, not counted",
        live("apps/v1", "DaemonSet", {}),
        Goal.PRESENT, False, "its controller has not counted the nodes yet",
    ),
    (
        "claim, bound",
        live("v1", "PersistentVolumeClaim", {"phase": "Bound"}), Goal.COMPLETED, False, "",
    ),
    (
        "claim, pending",
        live("v1", "PersistentVolumeClaim", {"phase": "Pending"}),
        Goal.PRESENT, False, "phase Pending",
    ),
    (
        "definition",
        live("apiextensions.k8s.io/v1", "CustomResourceDefinition", condition("Established")),
        Goal.COMPLETED, False, "",
    ),
    (
        "definition, not served yet",
        live("apiextensions.k8s.io/v1", "CustomResourceDefinition", condition("Established"), spec={
            "group": "a.b", "names": {"kind": "Toy"}, "versions": [
                {"name": "v1", "served": True},
                {"name": "unserved", "served": True},
            ]}),
        Goal.PRESENT, False, "not served yet: a.b/unserved",
    ),
    (
        "definition, an old version is kept, not served",
        live("apiextensions.k8s.io/v1", "CustomResourceDefinition", condition("Established"), spec={
            "group": "a.b", "names": {"kind": "Toy"}, "versions": [
                {"name": "unserved", "served": False},
            ]}),
        Goal.COMPLETED, False, "",
    ),
    (
        "definition, name taken",
        live("apiextensions.k8s.io/v1", "CustomResourceDefinition", condition(
            "NamesAccepted", "False", "PluralConflict")),
        Goal.PRESENT, True, "PluralConflict",
    ),
    (
        "tfjob, suspended by nobody knows whom",
        live("kubeflow.org/v1", "TFJob", condition("Suspended"), spec={
            "runPolicy": {"suspend": True}}),
        Goal.PRESENT, False, SUSPENDED,
    ),
    (
        "tfjob, suspended by others",
        live("kubeflow.org/v1", "TFJob", condition("Suspended")),
        Goal.PRESENT, False, SUSPENDED,
    ),
    (
        "job, suspended by nobody knows whom",
        live("batch/v1", "Job", condition("Suspended"), spec={"suspend": True}),
        Goal.PRESENT, False, SUSPENDED,
    ),
    (
        "trainjob, suspended",
        live("trainer.kubeflow.org/v1alpha1", "TrainJob", condition("Suspended"),
             spec={"suspend": True}),
        Goal.PRESENT, False, SUSPENDED,
    ),
    (
        "jobset, suspended",
        live("jobset.x-k8s.io/v1alpha2", "JobSet", condition("Suspended")),
        Goal.PRESENT, False, SUSPENDED,
    ),
    (
        "rayjob, perhaps tried again",
        live("ray.io/v1", "RayJob", {"jobDeploymentStatus": "Running", "jobStatus": "FAILED"}),
        Goal.PRESENT, False, "failed",
    ),
    (
        "trainjob, failed without a word",
        live("trainer.kubeflow.org/v1alpha1", "TrainJob", {
            "conditions": [{"type": "Failed", "status": "True"}],
        }),
        Goal.PRESENT, True, "condition Failed",
    ),
    ("custom, no status", live("x.io/v1", "Thing"), Goal.PRESENT, False, "no status yet"),
    ("custom, silent kind", live("x.io/v1", "Silent"), Goal.COMPLETED, False, ""),
    (
        "custom, of a group that looks like Kubernetes' own",
        live("snapshot.storage.k8s.io/v1", "VolumeSnapshot", condition("Ready", "False", "Slow")),
        Goal.PRESENT, False, "Slow",
    ),
    (
        "custom, ready",
        live("x.io/v1", "Thing", condition("Ready")), Goal.COMPLETED, False, "",
    ),
    (
        "custom, not ready",
        live("x.io/v1", "Thing", condition("Ready", "False", "Loading")),
        Goal.PRESENT, False, "Loading",
    ),
    (
        "custom, phase",
        live("x.io/v1", "Thing", {"phase": "Failed", "message": "boom"}),
        Goal.PRESENT, True, "boom",
    ),
    (
        "custom, failed",
        live("x.io/v1", "Thing", condition("Failed", message="boom")),
        Goal.PRESENT, True, "boom",
    ),
    (
        "custom, status without a verdict",
        live("x.io/v1", "Thing", {"replicas": 3}),
        Goal.PRESENT, False, "no verdict in its status yet",
    ),
    (
        "custom, unknown condition",
        live("x.io/v1", "Thing", condition("Initialized")),
        Goal.PRESENT, False, "no verdict in its status yet",
    ),
    (
        "custom, running by condition",
        live("x.io/v1", "Thing", condition("Running")), Goal.READY, False, "running",
    ),
    (
        "custom, running, with an end to come",
        live("x.io/v1", "Thing", {"conditions": [
            {"type": "Running", "status": "True"}, {"type": "Succeeded", "status": "False"}]}),
        Goal.READY, False, "running",
    ),
    (
        "custom, ready, with an end to come",
        live("x.io/v1", "Thing", {"conditions": [
            {"type": "Ready", "status": "True"}, {"type": "Complete", "status": "False"}]}),
        Goal.READY, False, "",
    ),
    (
        "custom, running by phase",
        live("x.io/v1", "Thing", {"phase": "Running"}), Goal.READY, False, "running",
    ),
    (
        "custom, done by phase",
        live("x.io/v1", "Thing", {"phase": "Succeeded"}), Goal.COMPLETED, False, "",
    ),
    (
        "webhook without certificate",
        live("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", webhooks=[
            {"name": "w", "clientConfig": {"service": {"name": "s"}}}]),
        Goal.PRESENT, False, "no caBundle yet: w",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "reached", "has_failed", "message"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_readiness(body: JsonObject, reached: Goal, has_failed: bool, message: str) -> None:
    found = readiness_of(body, Alone())
    assert (found.reached, found.has_failed, found.message) == (reached, has_failed, message)


@pytest.mark.parametrize(
    ("noted", "reached"),
    [
        ('[{"type": "AbleToScale", "status": "True"}, {"type": "ScalingActive", "status": "True"}]',
         Goal.READY),
        ('[{"type": "AbleToScale", "status": "False"}]', Goal.PRESENT),
        ("no JSON", Goal.PRESENT),
    ],
)  # fmt: skip
def test_an_autoscaler_of_version_1_has_its_conditions_in_an_annotation(
    noted: str, reached: Goal
) -> None:
    body = live("autoscaling/v1", "HorizontalPodAutoscaler", {"currentReplicas": 1})
    body["metadata"] = {"annotations": {"autoscaling.alpha.kubernetes.io/conditions": noted}}
    assert readiness_of(body, Alone()).reached is reached


def test_a_claim_that_waits_for_its_first_pod_does_not_hold_that_pod_up() -> None:
    around = Alone()
    around.storage_class = {"volumeBindingMode": "WaitForFirstConsumer"}
    claim = live(
        "v1", "PersistentVolumeClaim", {"phase": "Pending"}, spec={"storageClassName": "lazy"}
    )
    assert readiness_of(claim, around).reached is Goal.COMPLETED


def test_an_object_that_is_being_deleted_is_not_ready() -> None:
    body = live("v1", "ConfigMap")
    body["metadata"] = {"name": "x", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    found = readiness_of(body, Alone())
    assert (found.has_failed, found.message) == (True, "it is being deleted")


def test_a_finished_run_that_is_being_deleted_is_done() -> None:
    body = live("batch/v1", "Job", {"conditions": [{"type": "Complete", "status": "True"}]})
    body["metadata"] = {"name": "x", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    assert readiness_of(body, Alone()).reached is Goal.COMPLETED


def test_a_status_without_a_verdict_does_not_hold_others_up_for_ever() -> None:
    found = readiness_of(live("x.io/v1", "Thing", {"replicas": 3}), Alone())
    assert found.patience_s == readiness_of(live("x.io/v1", "Thing"), Alone()).patience_s
    assert found.patience_s is not None


@pytest.mark.parametrize(
    ("api_version", "kind", "spec"),
    [
        ("batch/v1", "Job", {"suspend": True}),
        ("kubeflow.org/v1", "TFJob", {"runPolicy": {"suspend": True}}),
        ("trainer.kubeflow.org/v1alpha1", "TrainJob", {"suspend": True}),
        ("jobset.x-k8s.io/v1alpha2", "JobSet", {"suspend": True}),
        ("ray.io/v1", "RayJob", {"suspend": True}),
    ],
)
def test_only_the_manifest_says_what_is_suspended_on_purpose(
    api_version: str, kind: str, spec: JsonObject
) -> None:
    body = live(api_version, kind, spec=spec)
    assert readiness_of(body, Alone(), asked=body).reached is Goal.READY
    assert readiness_of(body, Alone(), asked=live(api_version, kind)).reached is Goal.PRESENT
    body["metadata"] = {"labels": {"kueue.x-k8s.io/queue-name": "gpus"}, "name": "x"}
    assert readiness_of(body, Alone(), asked=body).is_queued
