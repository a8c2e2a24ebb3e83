"""What tools of people left in an object, told from what controllers and defaults say."""

import json
from collections.abc import Sequence

import pytest

from compiler.executor.leftovers import field_of, leftovers
from compiler.executor.port import UNPROCESSABLE, ApiError, Place
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, manifest_of, mapping_at
from tests.executor.fake_cluster import FakeCluster

POD: JsonObject = {"containers": [{"name": "web", "image": "a"}, {"name": "proxy", "image": "b"}]}


def owner(manager: str, fields: JsonObject, operation: str = "Update") -> JsonObject:
    return {"manager": manager, "operation": operation, "fieldsV1": fields}


def containers(*names: str) -> JsonObject:
    keys = [json.dumps({"name": name}, separators=(",", ":")) for name in names]
    return {"f:containers": {f"k:{key}": {".": {}, "f:image": {}} for key in keys}}


OURS = owner("kuplet", {"f:spec": containers("web")}, "Apply")


class WithDefaults(FakeCluster):
    """A cluster that gives whatever says nothing of it two replicas."""

    def without(self, manifest: Manifest, places: Sequence[Place]) -> JsonObject:
        left = super().without(manifest, places)
        mapping_at(left, "spec").setdefault("replicas", 2)
        return left


def left_in(cluster: FakeCluster, spec: JsonObject, *owners: JsonObject) -> list[str]:
    metadata: JsonObject = {"name": "web", "namespace": "test", "managedFields": [*owners]}
    body: JsonObject = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": spec,
    }
    live = cluster.apply(body)
    return sorted(map(field_of, leftovers(cluster, manifest_of(body), live, live)))


@pytest.mark.parametrize("operation", ["Update", "Apply"])
@pytest.mark.parametrize(
    "manager",
    [
        *("kubectl-client-side-apply", "kubectl-edit", "kubectl-patch", "kubectl-set", "kubectl"),
        *("helm", "ks", "before-first-apply"),
    ],
)
def test_what_only_tools_of_people_own_stays(manager: str, operation: str) -> None:
    fields: JsonObject = {"f:spec": {**containers("web", "proxy"), "f:replicas": {}}}
    theirs = owner(manager, fields, operation)
    found = left_in(FakeCluster(), {**POD, "replicas": 2}, theirs, OURS)
    assert found == ["spec.containers[proxy]", "spec.replicas"]


@pytest.mark.parametrize(("replicas", "found"), [(2, []), (3, ["spec.replicas"])])
def test_what_would_come_back_by_itself_is_a_default(replicas: int, found: list[str]) -> None:
    theirs = owner("kubectl-client-side-apply", {"f:spec": {"f:replicas": {}}})
    assert left_in(WithDefaults(), {**POD, "replicas": replicas}, theirs, OURS) == found


def test_what_cannot_be_taken_out_is_named_too() -> None:
    cluster = FakeCluster()
    cluster.refuse("without", "web", ApiError(UNPROCESSABLE, {"message": "it needs a proxy"}))
    theirs = owner("kubectl-create", {"f:spec": containers("proxy")})
    assert left_in(cluster, POD, theirs, OURS) == ["spec.containers[proxy]"]


def test_what_is_shared_or_gone_or_of_controllers_is_nobodys_leftover() -> None:
    owned: JsonObject = {
        "f:spec": {**containers("web", "long-gone"), "f:paused": {}},
        "f:metadata": {"f:annotations": {"f:kubectl.kubernetes.io/last-applied-configuration": {}}},
        "f:status": {"f:replicas": {}},
    }
    found = left_in(
        FakeCluster(),
        POD,
        owner("kubectl-client-side-apply", owned),
        owner("kube-controller-manager", {"f:spec": containers("proxy")}),
        owner("kubectl-rollout", {"f:spec": containers("proxy")}),
        OURS,
    )
    assert found == []
