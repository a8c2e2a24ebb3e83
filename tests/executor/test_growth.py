"""Claims of a StatefulSet that grow, on a cluster in memory."""

from pathlib import Path

import pytest

from compiler.errors import AppError, ExternalError
from compiler.executor.port import FORBIDDEN, UNPROCESSABLE, ApiError
from compiler.model.change import Action
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.manifest import ObjectRef, list_at, text_at, value_at
from compiler.model.outcome import Failed
from compiler.stages.plan_document import plan_document, plan_of
from compiler.verbs.proposal import Proposal
from tests.executor.applying import AppWith, applied, planned
from tests.executor.fake_cluster import FakeCluster
from tests.factories import make_manifest

DB = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: a, image: "x:1"}]}
  volumeClaimTemplates:
    - {metadata: {name: data}, spec: {resources: {requests: {storage: SIZE}}}}
    - {metadata: {name: logs}, spec: {resources: {requests: {storage: 1Gi}}}}
"""
REF = ObjectRef("apps", "StatefulSet", "test", "db")
IMMUTABLE = {"reason": "Invalid", "message": "updates to statefulset spec are forbidden"}
FIXED = "only dynamically provisioned pvc can be resized"


class Stateful(FakeCluster):
    """Templates of claims never change, and claims grow or do not."""

    def __init__(self, *, grows: bool = True) -> None:
        super().__init__()
        self.grows = grows

    def apply(self, body: JsonObject, *, dry_run: bool = False, force: bool = False,
              manager: str = "kuplet") -> JsonObject:  # fmt: skip
        kind, name = text_at(body, "kind"), text_at(body, "metadata", "name")
        if kind == "StatefulSet":
            live = self.read(make_manifest(kind, name, api_version="apps/v1"))
            if live and not same(_fixed(live), _fixed(body)):
                raise ApiError(UNPROCESSABLE, {**IMMUTABLE})
        if kind == "PersistentVolumeClaim" and not self.grows:
            raise ApiError(FORBIDDEN, {"reason": "Forbidden", "message": FIXED})
        done = super().apply(body, dry_run=dry_run, force=force, manager=manager)
        if kind == "StatefulSet" and not dry_run:
            status: JsonObject = {"replicas": 2, "readyReplicas": 2, "updatedReplicas": 2}
            self.set_status(REF, status)
        return done


def _fixed(body: JsonObject) -> list[JsonValue]:
    return [value_at(body, "spec", "volumeClaimTemplates"), value_at(body, "spec", "serviceName")]


def db(size: str) -> str:
    return DB.replace("SIZE", size)


def cluster_with(
    root: Path, claims: tuple[str, ...] = ("data-db-0",), *, grows: bool = True
) -> Stateful:
    cluster = Stateful()
    applied(root, cluster)
    for name in claims:
        spec: JsonObject = {
            "storageClassName": "slow",
            "resources": {"requests": {"storage": "1Gi"}},
        }
        body: JsonObject = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": spec}
        cluster.apply({**body, "metadata": {"name": name, "namespace": "test"}}, manager="sts")
    cluster.grows = grows
    cluster.requests.clear()
    return cluster


def sizes(cluster: FakeCluster) -> dict[str, JsonValue]:
    found = cluster.list_objects("v1", "PersistentVolumeClaim")
    path = ("spec", "resources", "requests", "storage")
    return {text_at(item, "metadata", "name"): value_at(item, *path) for item in found}


def refusal(root: Path, cluster: FakeCluster) -> Finding:
    with pytest.raises(AppError) as caught:
        planned(root, cluster)
    (finding,) = caught.value.findings
    return finding


def test_grown_claims_are_asked_for_more_and_the_set_is_made_anew_alone(app_with: AppWith) -> None:
    others = ("data-db-0", "data-db-7", "logs-db-0", "data-db-x", "data-db2-0")
    cluster = cluster_with(app_with(db=db("1Gi")), others)
    found = planned(app_with(db=db("2Gi")), cluster)
    (step,) = found.plan.steps
    assert (step.action, step.keeps_pods) == (Action.REPLACE, True)
    assert "its claims grow (data 1Gi → 2Gi), then it is made anew around its pods" in step.why
    (field,) = step.fields
    assert field.path == "spec.volumeClaimTemplates[0].spec.resources.requests.storage"
    assert cluster.requests == []
    applied(app_with(db=db("2Gi")), cluster)
    grown = {"data-db-0", "data-db-7"}
    assert sizes(cluster) == {name: "2Gi" if name in grown else "1Gi" for name in others}
    order = [item for item in cluster.requests if "StatefulSet" in item or "Claim" in item]
    assert order == [
        "apply PersistentVolumeClaim/data-db-0",
        "apply PersistentVolumeClaim/data-db-7",
        "orphan StatefulSet/db",
        "apply StatefulSet/db",
    ]
    assert not planned(app_with(db=db("2Gi")), cluster).plan.has_changes


def test_other_changes_of_the_set_come_along(app_with: AppWith) -> None:
    cluster = cluster_with(app_with(db=db("1Gi")))
    found = planned(app_with(db=db("2Gi").replace("x:1", "x:2")), cluster)
    (step,) = found.plan.steps
    assert step.keeps_pods
    assert "spec.template.spec.containers[a].image" in {item.path for item in step.fields}


def test_a_class_that_does_not_let_claims_grow_is_named(app_with: AppWith) -> None:
    cluster = cluster_with(app_with(db=db("1Gi")), grows=False)
    finding = refusal(app_with(db=db("2Gi")), cluster)
    assert finding.rule == "claim-fixed"
    claim = 'PersistentVolumeClaim/data-db-0 of class "slow" cannot grow from 1Gi to 2Gi'
    assert claim in finding.message
    assert finding.notes[0] == FIXED
    assert cluster.requests == []


def test_claims_never_shrink(app_with: AppWith) -> None:
    cluster = cluster_with(app_with(db=db("2Gi")))
    finding = refusal(app_with(db=db("1Gi")), cluster)
    assert (finding.rule, finding.is_error) == ("claim-shrinks", True)
    assert "claims never shrink: data 2Gi → 1Gi" in finding.message


def test_another_field_that_never_changes_is_refused_as_before(app_with: AppWith) -> None:
    cluster = cluster_with(app_with(db=db("1Gi")))
    finding = refusal(app_with(db=db("2Gi").replace("serviceName: db", "serviceName: x")), cluster)
    assert finding.rule == "field-immutable"


@pytest.mark.parametrize("lost", ["data-db-0", "db"])
def test_an_apply_that_stopped_on_the_way_is_completed_by_the_next(
    app_with: AppWith, lost: str
) -> None:
    cluster = cluster_with(app_with(db=db("1Gi")))
    no = ExternalError(Finding(rule="cluster-unreachable", message="the network is gone"))
    cluster.refuse("apply", lost, no)
    grown = app_with(db=db("2Gi"))
    assert any(isinstance(item, Failed) for item in applied(grown, cluster))
    applied(grown, cluster)
    assert sizes(cluster) == {"data-db-0": "2Gi"}
    assert not planned(grown, cluster).plan.has_changes


def test_a_set_that_is_still_being_orphaned_takes_no_pods_along(app_with: AppWith) -> None:
    root = app_with(db=db("1Gi").replace("{name: db}", "{name: db, finalizers: [orphan]}"))
    cluster = cluster_with(root)
    (live,) = cluster.list_objects("apps/v1", "StatefulSet")
    cluster.delete(REF, "apps/v1", text_at(live, "metadata", "uid"), alone=True)
    (live,) = cluster.list_objects("apps/v1", "StatefulSet")
    assert list_at(live, "metadata", "finalizers") == ["orphan"]
    (step,) = planned(app_with(db=db("1Gi")), cluster).plan.steps
    assert (step.action, step.keeps_pods) == (Action.REPLACE, True)


def test_a_kept_plan_says_so(app_with: AppWith) -> None:
    cluster = cluster_with(app_with(db=db("1Gi")))
    plan = planned(app_with(db=db("2Gi")), cluster).plan
    assert plan_of(plan_document(plan), ()).steps == plan.steps


def test_without_the_right_to_change_claims_nothing_begins(app_with: AppWith) -> None:
    cluster = cluster_with(app_with(db=db("1Gi")))
    cluster.forbid("patch", "persistentvolumeclaims")
    with pytest.raises(ExternalError, match="lacks 1 right"):
        planned(app_with(db=db("2Gi")), cluster)
    proposal: Proposal = planned(app_with(db=db("1Gi")), cluster)
    assert not proposal.plan.has_changes
