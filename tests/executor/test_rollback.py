"""Going back to an earlier release, on a cluster in memory."""

import base64
from pathlib import Path

import pytest

from compiler.errors import AppError, UsageError
from compiler.formats.options import CompileOptions
from compiler.model.change import Action
from compiler.model.json import JsonObject
from compiler.model.manifest import ObjectRef, mapping_at, text_at
from compiler.model.outcome import Outcome
from compiler.model.release import ReleaseStatus, ReleaseVerb
from compiler.stages.release_changes import changes_between
from compiler.verbs.apply import ApplyOptions, carry_out, compare, plan_apply, plan_delete
from compiler.verbs.compile import compile_environment, resolve_environment
from compiler.verbs.proposal import Proposal
from compiler.verbs.rollback import plan_rollback
from tests.executor.applying import (
    OWNER,
    PATIENCE,
    AppWith,
    applied,
    config,
    newest,
    planned,
    target,
    there,
)
from tests.executor.fake_cluster import FakeCluster
from tests.factories import load

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: creds}\nstringData: {password: one}\n"
JOB = (
    "apiVersion: batch/v1\nkind: Job\nmetadata: {name: train}\nspec: {template: {spec: "
    "{restartPolicy: Never, containers: [{name: a, image: 'x:1'}]}}}\n"
)
TRAIN = ObjectRef("batch", "Job", "test", "train")
SLOW = config("a").replace("fast", "slow")


def planned_back(root: Path, cluster: FakeCluster, revision: int = 0) -> Proposal:
    environment = resolve_environment(load(root), "test")
    return plan_rollback(environment, target(cluster), revision)


def back(root: Path, cluster: FakeCluster, revision: int = 0) -> list[Outcome]:
    proposal = planned_back(root, cluster, revision)
    return list(carry_out(load(root), proposal, target(cluster), CompileOptions(), PATIENCE))


def data(cluster: FakeCluster, name: str, kind: str = "ConfigMap") -> JsonObject:
    (live,) = cluster.list_objects("v1", kind, fieldSelector=f"metadata.name={name}")
    return mapping_at(live, "data")


def rules(proposal: Proposal) -> list[tuple[str, str]]:
    return [(item.rule, item.message) for item in proposal.comparison.findings]


def completed(cluster: FakeCluster) -> FakeCluster:
    status: JsonObject = {"conditions": [{"type": "Complete", "status": "True"}]}
    cluster.after("apply", "train", lambda _: cluster.set_status(TRAIN, status))
    return cluster


def test_what_changed_came_and_went_is_as_it_was(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=config("a"), old=config("o")), cluster)
    root = app_with(web=SLOW, new=config("x"))
    applied(root, cluster)
    assert there(cluster) == {"a", "x"}
    back(root, cluster)
    assert there(cluster) == {"a", "o"}
    assert data(cluster, "a") == {"mode": "fast"}
    release = newest(cluster)
    assert (release.revision, release.verb, release.rollback_of) == (3, ReleaseVerb.ROLLBACK, 1)
    assert release.status is ReleaseStatus.SUCCEEDED
    assert release.stands


def test_apply_and_diff_say_that_files_differ_on_purpose_until_forward(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=config("a")), cluster)
    root = app_with(web=SLOW)
    applied(root, cluster)
    back(root, cluster)
    with pytest.raises(AppError, match="was rolled back to release 1"):
        planned(root, cluster)
    shown = compare(compile_environment(load(root), "test"), target(cluster))
    assert [item.rule for item in shown.findings if not item.is_error] == ["rolled-back"]
    same = app_with(web=config("a"))
    assert not planned(same, cluster).plan.has_changes  # the files say the same again
    root = app_with(web=SLOW)
    compiled = compile_environment(load(root), "test")
    forward = plan_apply(compiled, target(cluster), ApplyOptions(forward=True))
    list(carry_out(load(root), forward, target(cluster), CompileOptions(), PATIENCE))
    assert data(cluster, "a") == {"mode": "slow"}
    assert not planned(root, cluster).plan.has_changes


def test_without_a_revision_it_goes_to_the_last_that_stands_and_never_back_again(
    app_with: AppWith,
) -> None:
    cluster = FakeCluster()
    texts = [config("a").replace("fast", word) for word in ("one", "two", "three")]
    for text in texts:
        applied(app_with(web=text), cluster)
    root = app_with(web=texts[-1])
    back(root, cluster)
    assert data(cluster, "a") == {"mode": "two"}
    back(root, cluster)
    assert data(cluster, "a") == {"mode": "one"}
    with pytest.raises(UsageError, match='no release of "test" to go back to'):
        planned_back(root, cluster)
    back(root, cluster, 3)
    assert data(cluster, "a") == {"mode": "three"}


def test_after_one_that_stopped_half_way_it_goes_where_that_one_was_going(
    app_with: AppWith,
) -> None:
    cluster = FakeCluster()
    texts = [config("a").replace("fast", word) for word in ("one", "two", "three")]
    for text in texts:
        applied(app_with(web=text), cluster)
    root = app_with(web=texts[-1])
    proposal = planned_back(root, cluster)
    outcomes = carry_out(load(root), proposal, target(cluster), CompileOptions(), PATIENCE)
    next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]  # it is a generator
    assert newest(cluster).status is ReleaseStatus.FAILED
    back(root, cluster)
    assert data(cluster, "a") == {"mode": "two"}


def test_unknown_revisions_and_deletes_are_no_goals(app_with: AppWith) -> None:
    cluster = FakeCluster()
    root = app_with(web=config("a"))
    with pytest.raises(UsageError, match='no release of "test" to go back to'):
        planned_back(root, cluster)
    applied(root, cluster)
    gone = plan_delete(compile_environment(load(root), "test"), target(cluster))
    list(carry_out(load(root), gone, target(cluster), CompileOptions(), PATIENCE))
    with pytest.raises(UsageError, match="release 7: there is none"):
        planned_back(root, cluster, 7)
    with pytest.raises(UsageError, match="has deleted"):
        planned_back(root, cluster, 2)
    back(root, cluster)
    assert there(cluster) == {"a"}


def test_secrets_keep_the_values_that_they_have_and_say_so(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=config("a"), secret=SECRET), cluster)
    assert rules(planned_back_from(app_with, cluster, SECRET)) == []
    root = app_with(web=SLOW, secret=SECRET.replace("one", "two"))
    applied(root, cluster)
    kept = ("rollback-kept", "Secret/creds keeps the values that it has now: password")
    assert kept in rules(planned_back(root, cluster, 1))
    back(root, cluster, 1)
    assert data(cluster, "creds", "Secret") == {"password": base64.b64encode(b"two").decode()}
    assert data(cluster, "a") == {"mode": "fast"}
    assert not planned_back(root, cluster, 1).plan.has_changes


def test_a_secret_that_stays_is_no_change_in_the_history(app_with: AppWith) -> None:
    cluster = FakeCluster()
    empty = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: empty}\n"
    applied(app_with(web=config("a"), secret=SECRET + empty), cluster)
    before = newest(cluster)
    root = app_with(web=SLOW, secret=SECRET + empty)
    applied(root, cluster)
    back(root, cluster)
    assert changes_between(before, newest(cluster)).objects == ()


def test_a_secret_that_is_binary_by_now_keeps_that(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=config("a"), secret=SECRET), cluster)
    binary = SECRET.replace("stringData: {password: one}", "data: {password: /w==}")
    root = app_with(web=SLOW, secret=binary)
    applied(root, cluster)
    back(root, cluster)
    assert data(cluster, "creds", "Secret") == {"password": "/w=="}


def planned_back_from(app_with: AppWith, cluster: FakeCluster, secret: str) -> Proposal:
    root = app_with(web=SLOW, secret=secret)
    applied(root, cluster)
    return planned_back(root, cluster)


def test_a_secret_that_is_gone_stops_it(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=config("a"), secret=SECRET), cluster)
    root = app_with(web=SLOW)
    applied(root, cluster)
    with pytest.raises(AppError, match="no record holds its values"):
        planned_back(root, cluster)


def test_a_run_is_neither_run_again_nor_changed(app_with: AppWith) -> None:
    cluster = completed(FakeCluster())
    applied(app_with(web=config("a"), train=JOB), cluster)
    root = app_with(web=SLOW)
    applied(root, cluster)
    found = planned_back(root, cluster)
    assert rules(found) == [
        ("rollback-kept", "Job/train is gone, and a rollback runs nothing again")
    ]
    back(root, cluster)
    assert cluster.list_objects("batch/v1", "Job") == []
    assert "train" not in [item.ref.name for item in newest(cluster).manifests]


def test_a_run_that_is_another_one_by_now_stays(app_with: AppWith) -> None:
    cluster = completed(FakeCluster())
    applied(app_with(web=config("a"), train=JOB), cluster)
    cluster.vanish(TRAIN)
    root = app_with(web=SLOW, train=JOB.replace("x:1", "x:2"))
    applied(root, cluster)
    found = planned_back(root, cluster)
    assert ("rollback-kept", "Job/train is another run by now, and stays that") in rules(found)
    back(root, cluster)
    (live,) = cluster.list_objects("batch/v1", "Job")
    assert "x:2" in str(live)


def test_a_volume_does_not_shrink(app_with: AppWith) -> None:
    claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\n"
    claim += "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n"
    cluster = FakeCluster()
    ref = ObjectRef("", "PersistentVolumeClaim", "test", "data")
    cluster.after("apply", "data", lambda _: cluster.set_status(ref, {"phase": "Bound"}))
    applied(app_with(data=claim), cluster)
    root = app_with(data=claim.replace("1Gi", "2Gi"))
    applied(root, cluster)
    found = planned_back(root, cluster)
    words = "PersistentVolumeClaim/data stays at 2Gi: a volume does not shrink to 1Gi"
    assert rules(found) == [("rollback-kept", words)]
    assert not found.plan.has_changes


def test_a_partial_release_brings_back_what_the_others_were_then(app_with: AppWith) -> None:
    cluster = FakeCluster()
    two = {"web": config("a"), "other": config("b")}
    applied(app_with(**two), cluster)
    root = app_with(web=SLOW, other=config("b").replace("fast", "slow"))
    applied(root, cluster, ["web"])
    applied(root, cluster)
    found = planned_back(root, cluster, 2)
    changed = {step.ref.name for step in found.plan.steps if step.action is Action.UPDATE}
    assert changed == {"b"}


def test_needs_hold_on_the_way_back(app_with: AppWith) -> None:
    cluster = FakeCluster()
    root = app_with(web=config("a"), first=config("b"))
    file = root / "environments/test.yaml"
    file.write_text(file.read_text().replace("web.yaml}", "web.yaml, needs: [first]}"))
    applied(root, cluster)
    later = app_with(web=SLOW, first=config("b").replace("fast", "slow"))
    applied(later, cluster)
    (step,) = [each for each in planned_back(later, cluster).plan.steps if each.ref.name == "a"]
    assert [need.needed.name for need in step.needs] == ["b"]
    assert text_at({"x": str(step.needs[0].until)}, "x") == "ready"


def test_a_release_whose_record_is_damaged_is_not_said_to_be_missing(app_with: AppWith) -> None:
    cluster = FakeCluster()
    root = app_with(web=config("a"))
    applied(root, cluster)
    labels: JsonObject = {"kuplet.dev/release": "2", "kuplet.dev/release-part": "1"}
    metadata: JsonObject = {"name": "cut", "namespace": "test", "labels": OWNER.labels | labels}
    cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata})
    with pytest.raises(UsageError, match="release 2: there is none that can be read") as caught:
        planned_back(root, cluster, 2)
    assert [item.rule for item in caught.value.findings] == ["revision-unknown", "release-damaged"]
