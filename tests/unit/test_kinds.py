import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import compiler
from compiler.kinds import jobs
from compiler.kinds.custom import is_built_in
from compiler.kinds.definitions import usual_plural
from compiler.kinds.kind import LAST, ORDINARY, Kind, Life
from compiler.kinds.pods import pods_of
from compiler.kinds.references import references_of
from compiler.kinds.table import KINDS, kind_of, kind_of_live, table_of
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, Origin, group_of, text_at
from compiler.stages.validate.kubernetes_schemas import schemas_for, supported_versions

ROOT = Path(compiler.__file__).parent
# ksonnet's own order, and API versions of the past: history, not what is known of a kind today.
HISTORY = ("formats", "stages/convert", "stages/validate/api_versions.py")
# What the sandbox tells other programs, and takes from them, is not what is known of a kind.
PROGRAMS = ("sandbox/catalogue.py", "sandbox/controllers/")
ROWS = list(KINDS.values())


def manifest(api_version: str, kind: str, spec: JsonObject) -> Manifest:
    body: JsonObject = {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": "x", "namespace": "n"},
        "spec": spec,
    }
    ref = ObjectRef(group_of(api_version), kind, "n", "x")
    return Manifest(ref=ref, body=body, origin=Origin(component="c", file="c.yaml"))


def elsewhere() -> Iterator[tuple[str, ast.AST]]:
    """Yield every node of the sources outside ``kinds/``."""
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(("kinds/", *HISTORY, *PROGRAMS)):
            yield from ((name, node) for node in ast.walk(ast.parse(path.read_text("utf-8"))))


def test_two_rows_of_one_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="two rows of batch Job"):
        table_of([*jobs.ROWS, Kind(group="batch", kind="Job")])


def test_of_an_unknown_kind_nothing_is_known() -> None:
    assert kind_of(ObjectRef("x.io", "Thing", "", "a")) == Kind(group="x.io", kind="Thing")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.group}/{row.kind}")
def test_a_row_does_not_contradict_itself(row: Kind) -> None:
    assert not row.run or row.life is Life.RUN
    assert not row.again or row.run
    assert not row.is_rolled or row.life is Life.STANDING
    if row.regretted_as:  # a Namespace is asked for what lives in it
        assert group_of(row.regretted_as) == row.group
        assert not row.is_cluster_scoped
    if row.life is Life.RUN:
        assert row.readiness is not Kind(group="", kind="").readiness, "a run needs a known verdict"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.group}/{row.kind}")
def test_a_row_copes_with_an_object_that_says_nothing(row: Kind) -> None:
    empty = manifest(f"{row.group}/v1", row.kind, {})
    assert pods_of(empty) == ()
    references_of(empty)
    assert kind_of_live(empty.body) is kind_of(empty.ref) is row


def test_places_in_the_order_are_taken_once() -> None:
    """One number may be shared by the groups that a kind has been in, and by what comes last."""
    kinds: dict[int, set[str]] = {}
    for row in ROWS:
        if row.order not in (ORDINARY, LAST):
            assert 0 <= row.order < ORDINARY
            kinds.setdefault(row.order, set()).add(row.kind)
    assert [names for names in kinds.values() if len(names) > 1] == []


def test_api_groups_that_are_not_of_kubernetes_are_named_in_kinds_only() -> None:
    groups = {row.group for row in ROWS if not is_built_in(row.group)}
    assert "kubeflow.org" in groups
    found = [
        f"{name}:{node.lineno}: {node.value}"
        for name, node in elsewhere()
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.partition("/")[0] in groups
    ]
    assert found == []


def test_built_in_are_the_groups_that_the_schemas_of_kubernetes_have() -> None:
    versions = [key for each in supported_versions() for key, _ in schemas_for(each).definitions]
    groups = {group_of(version) for version in versions}
    assert {group for group in groups if not is_built_in(group)} == set()
    named = {f"{group}.k8s.io" for group in ("gateway.networking", "snapshot.storage", "metrics")}
    assert not any(map(is_built_in, (*named, "sparkoperator.k8s.io", "certmanager.k8s.io")))


def test_tables_of_kinds_stand_in_kinds_only() -> None:
    kinds = {row.kind for row in ROWS}
    found = []
    for name, node in elsewhere():
        items: list[ast.expr | None] = []
        if isinstance(node, ast.Set | ast.Tuple | ast.List):
            items = [*node.elts]
        elif isinstance(node, ast.Dict):
            items = [*node.keys]
        named = {last_constant(item) for item in items} & kinds
        if len(named) > 1:
            found.append(f"{name}:{getattr(node, 'lineno', 0)}: {sorted(named)}")
    assert found == []


def last_constant(item: ast.expr | None) -> str:
    """Return the kind of an entry: ``"Job"``, or ``("batch", "Job")``."""
    if isinstance(item, ast.Tuple) and item.elts:
        item = item.elts[-1]
    is_text = isinstance(item, ast.Constant) and isinstance(item.value, str)
    return str(item.value) if is_text and isinstance(item, ast.Constant) else ""


POD: JsonObject = {"containers": [{"name": "main", "image": "i"}]}


def test_pods_of_a_jobset_are_replicas_times_parallelism() -> None:
    job: JsonObject = {"spec": {"parallelism": 4, "template": {"spec": POD}}}
    found = pods_of(
        manifest(
            "jobset.x-k8s.io/v1alpha2",
            "JobSet",
            {"replicatedJobs": [{"name": "w", "replicas": 2, "template": job}]},
        )
    )
    assert [(pods.role, pods.count) for pods in found] == [("w", 8)]
    assert found[0].path == "spec.replicatedJobs[w].template.spec.template.spec"


def test_pods_of_a_rayjob_are_a_head_and_its_workers() -> None:
    template: JsonObject = {"spec": POD}
    cluster: JsonObject = {
        "headGroupSpec": {"template": template},
        "workerGroupSpecs": [
            {"groupName": "gpu", "replicas": 3, "numOfHosts": 2, "template": template}
        ],
    }
    found = pods_of(manifest("ray.io/v1", "RayJob", {"rayClusterSpec": cluster}))
    assert [(pods.role, pods.count) for pods in found] == [("head", 1), ("gpu", 6)]


def test_a_trainjob_waits_for_its_runtime() -> None:
    body = manifest("trainer.kubeflow.org/v1alpha1", "TrainJob", {"runtimeRef": {"name": "torch"}})
    needed = ObjectRef("trainer.kubeflow.org", "ClusterTrainingRuntime", "", "torch")
    assert [item.needed for item in references_of(body)] == [needed]


def needs(api_version: str, kind: str, spec: JsonObject, **metadata: JsonObject) -> list[str]:
    """Return what an object of the namespace ``n`` names: ``Kind/namespace/name at field``."""
    body = manifest(api_version, kind, spec)
    body.body["metadata"] = {"name": "x", "namespace": "n", **metadata}
    return [f"{item.needed.qualified} at {item.field}" for item in references_of(body)]


QUEUED: JsonObject = {"kueue.x-k8s.io/queue-name": "gpus", "kueue.x-k8s.io/priority-class": "high"}


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [("batch/v1", "Job"), ("ray.io/v1", "RayJob"), ("kubeflow.org/v1", "TFJob")],
)
def test_a_job_with_a_queue_waits_for_it(api_version: str, kind: str) -> None:
    assert needs(api_version, kind, {}, labels=QUEUED) == [
        "LocalQueue/n/gpus at metadata.labels[kueue.x-k8s.io/queue-name]",
        "WorkloadPriorityClass/high at metadata.labels[kueue.x-k8s.io/priority-class]",
    ]


def test_queues_wait_for_what_they_divide() -> None:
    api = "kueue.x-k8s.io/v1beta2"
    spec: JsonObject = {
        "cohortName": "all",
        "resourceGroups": [{"flavors": [{"name": "spot"}, {"name": "a100"}]}],
        "admissionChecksStrategy": {"admissionChecks": [{"name": "capacity"}]},
    }
    assert needs(api, "LocalQueue", {"clusterQueue": "team"}) == [
        "ClusterQueue/team at spec.clusterQueue"
    ]
    assert needs(api, "ClusterQueue", spec) == [
        "ResourceFlavor/spot at spec.resourceGroups[0].flavors",
        "ResourceFlavor/a100 at spec.resourceGroups[0].flavors",
        "Cohort/all at spec.cohortName",
        "AdmissionCheck/capacity at spec.admissionChecksStrategy.admissionChecks",
    ]
    assert needs(api, "ResourceFlavor", {"topologyName": "racks"}) == [
        "Topology/racks at spec.topologyName"
    ]


def test_a_model_server_waits_for_its_runtime_and_its_account() -> None:
    model: JsonObject = {
        "runtime": "tf",
        "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "token"}}}],
    }
    spec: JsonObject = {"predictor": {"serviceAccountName": "reader", "model": model}}
    assert needs("serving.kserve.io/v1beta1", "InferenceService", spec) == [
        "ServiceAccount/n/reader at spec.predictor.serviceAccountName",
        "Secret/n/token at spec.predictor.model.env[0].valueFrom.secretKeyRef",
        "ServingRuntime/n/tf at spec.predictor.model.runtime",
        "ClusterServingRuntime/tf at spec.predictor.model.runtime",
    ]
    llm: JsonObject = {"baseRefs": [{"name": "big"}]}
    assert needs("serving.kserve.io/v1alpha2", "LLMInferenceService", llm) == [
        "LLMInferenceServiceConfig/n/big at spec.baseRefs[0]"
    ]


def test_an_account_waits_for_its_secrets() -> None:
    account = manifest("v1", "ServiceAccount", {})
    account.body.update(secrets=[{"name": "s3"}], imagePullSecrets=[{"name": "registry"}])
    assert [str(item.needed) for item in references_of(account)] == ["Secret/s3", "Secret/registry"]


def test_a_rayjob_waits_for_what_its_pods_use_or_for_the_cluster_that_it_selects() -> None:
    pod: JsonObject = {
        "volumes": [{"persistentVolumeClaim": {"claimName": "data"}}],
        "containers": [{"envFrom": [{"secretRef": {"name": "token"}}]}],
    }
    worker: JsonObject = {"template": {"spec": pod}}
    spec: JsonObject = {"rayClusterSpec": {"workerGroupSpecs": [worker]}}
    place = "spec.rayClusterSpec.workerGroupSpecs[0].template.spec"
    assert needs("ray.io/v1", "RayJob", spec) == [
        f"PersistentVolumeClaim/n/data at {place}.volumes[0].persistentVolumeClaim.claimName",
        f"Secret/n/token at {place}.containers[0].envFrom[0].secretRef",
    ]
    assert needs("ray.io/v1", "RayJob", {"clusterSelector": {"ray.io/cluster": "big"}}) == [
        "RayCluster/n/big at spec.clusterSelector"
    ]


def test_pods_wait_for_their_devices() -> None:
    pod: JsonObject = {
        "containers": [{}],
        "resourceClaims": [
            {"name": "gpu", "resourceClaimTemplateName": "one"},
            {"name": "net", "resourceClaimName": "shared"},
        ],
    }
    place = "spec.template.spec.resourceClaims"
    assert needs("batch/v1", "Job", {"template": {"spec": pod}}) == [
        f"ResourceClaimTemplate/n/one at {place}[0].resourceClaimTemplateName",
        f"ResourceClaim/n/shared at {place}[1].resourceClaimName",
    ]
    exactly: JsonObject = {"exactly": {"deviceClassName": "gpu.nvidia.com"}}
    either: JsonObject = {"firstAvailable": [{"deviceClassName": "big"}, {"deviceClassName": "x"}]}
    claim: JsonObject = {"devices": {"requests": [exactly, either]}}
    assert needs("resource.k8s.io/v1", "ResourceClaimTemplate", {"spec": claim}) == [
        "DeviceClass/gpu.nvidia.com at spec.spec.devices.requests[0]",
        "DeviceClass/big at spec.spec.devices.requests[1]",
        "DeviceClass/x at spec.spec.devices.requests[1]",
    ]


@pytest.mark.parametrize(
    ("api_version", "kind", "status", "label"),
    [
        ("kubeflow.org/v1", "PyTorchJob", {}, "training.kubeflow.org/job-name=x"),
        ("trainer.kubeflow.org/v1alpha1", "TrainJob", {}, "jobset.sigs.k8s.io/jobset-name=x"),
        ("jobset.x-k8s.io/v1alpha2", "JobSet", {}, "jobset.sigs.k8s.io/jobset-name=x"),
        ("ray.io/v1", "RayJob", {"rayClusterName": "x-abc"}, "ray.io/cluster=x-abc"),
        ("ray.io/v1", "RayJob", {}, ""),
    ],
)
def test_pods_of_a_live_job_are_found_by_its_label(
    api_version: str, kind: str, status: JsonObject, label: str
) -> None:
    live: JsonObject = {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": "x"},
        "status": status,
    }
    labels = kind_of_live(live).pod_labels(live)
    assert ",".join(f"{key}={text_at(labels, key)}" for key in labels) == label


@pytest.mark.parametrize(
    ("kind", "plural"),
    [
        ("Gateway", "gateways"),
        ("NetworkPolicy", "networkpolicies"),
        ("Ingress", "ingresses"),
        ("Mesh", "meshes"),
        ("Endpoints", "endpoints"),
        ("Widget", "widgets"),
    ],
)
def test_the_plural_of_a_kind_is_the_usual_one(kind: str, plural: str) -> None:
    assert usual_plural(kind) == plural
