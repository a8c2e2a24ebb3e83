"""What has left the app is removed by the next apply, on a cluster in memory."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from compiler.errors import AppError, ExternalError, UsageError
from compiler.executor.releases import Releases
from compiler.formats.options import CompileOptions
from compiler.model.change import Action
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import ObjectRef, mapping_at, text_at
from compiler.model.outcome import Deleted, Failed, NotTried
from compiler.verbs.apply import carry_out, compare, plan_delete
from compiler.verbs.compile import compile_environment
from tests.executor.applying import (
    OWNER,
    PARENT,
    PATIENCE,
    AppWith,
    applied,
    config,
    newest,
    parent,
    planned,
    reasons,
    target,
    there,
)
from tests.executor.fake_cluster import FakeCluster
from tests.factories import load

REFUSAL = ExternalError(Finding(rule="cluster-refused", message="no"))


def test_an_object_that_left_the_app_is_removed_and_a_second_apply_changes_nothing(
    app_with: AppWith,
) -> None:
    cluster = FakeCluster()
    applied(app_with(web=f"{config('a')}---\n{config('b')}"), cluster)
    assert there(cluster) == {"a", "b"}
    root = app_with(web=config("a"))
    shown = compare(compile_environment(load(root), "test"), target(cluster))
    removed = [item for item in shown.changes if item.action is Action.DELETE]
    assert [(item.manifest.ref.name, item.has_left) for item in removed] == [("b", True)]
    outcomes = applied(root, cluster)
    assert Deleted(ref=removed[0].manifest.ref) in outcomes
    assert there(cluster) == {"a"}
    assert not planned(root, cluster).plan.has_changes


def test_a_component_that_left_the_app_is_removed_too(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=config("a"), worker=config("b")), cluster)
    applied(app_with(web=config("a")), cluster)
    assert there(cluster) == {"a"}


def test_members_have_the_label_of_the_set_and_its_parent_says_where_they_are(
    app_with: AppWith,
) -> None:
    cluster = FakeCluster()
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: s, namespace: default}\n"
    applied(app_with(web=config("a"), account=account), cluster)
    known = parent(cluster)
    assert mapping_at(known, "labels")["applyset.kubernetes.io/id"] == OWNER.applyset("test")
    notes = mapping_at(known, "annotations")
    assert notes["applyset.kubernetes.io/contains-group-kinds"] == "ConfigMap,ServiceAccount"
    assert notes["applyset.kubernetes.io/additional-namespaces"] == "default"
    (live,) = cluster.list_objects("v1", "ConfigMap")
    label = mapping_at(live, "metadata", "labels")["applyset.kubernetes.io/part-of"]
    assert label == OWNER.applyset("test")
    applied(app_with(web=config("a")), cluster)
    notes = mapping_at(parent(cluster), "annotations")
    assert notes["applyset.kubernetes.io/contains-group-kinds"] == "ConfigMap"
    assert notes["applyset.kubernetes.io/additional-namespaces"] == ""


def test_the_set_of_another_tool_is_not_taken(app_with: AppWith) -> None:
    cluster = FakeCluster()
    metadata: JsonObject = {
        "name": PARENT.name,
        "namespace": "test",
        "annotations": {"applyset.kubernetes.io/tooling": "kubectl/v1.36.0"},
    }
    cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata})
    requests = list(cluster.requests)
    with pytest.raises(ExternalError, match=r'is kept by "kubectl/v1\.36\.0"'):
        planned(app_with(web=config("a")), cluster)  # before anybody is asked
    assert cluster.requests == requests


def test_c_removes_within_its_component_only(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=f"{config('a')}---\n{config('b')}", worker=config("c")), cluster)
    root = app_with(web=config("a"))
    applied(root, cluster, ["web"])
    assert there(cluster) == {"a", "c"}
    applied(root, cluster)  # the partial release has not forgotten the others
    assert there(cluster) == {"a"}


def test_an_object_that_moves_to_another_component_stays(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=config("a")), cluster)
    (before,) = cluster.list_objects("v1", "ConfigMap")
    applied(app_with(other=config("a")), cluster)
    (after,) = cluster.list_objects("v1", "ConfigMap")
    assert text_at(before, "metadata", "uid") == text_at(after, "metadata", "uid")


def test_nothing_is_removed_that_somebody_else_has(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=config("a"), worker=f"{config('b')}---\n{config('c')}"), cluster)
    for name, key, value in (
        ("b", "applyset.kubernetes.io/part-of", "applyset-x-v1"),
        ("c", "kuplet.dev/environment", "other"),
    ):
        (live,) = cluster.list_objects("v1", "ConfigMap", fieldSelector=f"metadata.name={name}")
        labels = {**mapping_at(live, "metadata", "labels"), key: value}
        cluster.vanish(ObjectRef("", "ConfigMap", "test", name))
        metadata: JsonObject = {"name": name, "namespace": "test", "labels": labels}
        cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    found = planned(app_with(web=config("a")), cluster)
    assert found.plan.count(Action.DELETE) == 0
    assert reasons(found) == {
        "b": "it belongs to the ApplySet applyset-x-v1",
        "c": 'it belongs to environment "other" of app "demo"',
    }


def test_objects_ask_to_stay_or_to_be_confirmed(app_with: AppWith) -> None:
    cluster = FakeCluster()
    helms = config("h", helm_sh__resource_policy="keep").replace(
        "resource.policy", "resource-policy"
    )
    first = app_with(
        web=config("a"),
        kept=config("k", kuplet_dev__prune="keep"),
        helms=helms,
        asked=config("q", kuplet_dev__prune="confirm"),
    )
    applied(first, cluster)
    root = app_with(web=config("a"))
    assert reasons(planned(root, cluster)) == {
        "k": "it asks for it: kuplet.dev/prune: keep",
        "h": "it asks for it: helm.sh/resource-policy: keep",
        "q": "it wants to be confirmed, with --yes-prune",
    }
    applied(root, cluster, is_confirmed=True)
    assert there(cluster) == {"a", "k", "h"}
    applied(root, cluster)  # what stays is known still
    assert set(reasons(planned(root, cluster))) == {"k", "h"}


def test_data_goes_only_when_it_is_said(app_with: AppWith) -> None:
    claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\n"
    claim += "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n"
    cluster = FakeCluster()
    ref = ObjectRef("", "PersistentVolumeClaim", "test", "data")
    cluster.after("apply", "data", lambda _: cluster.set_status(ref, {"phase": "Bound"}))
    applied(app_with(web=config("a"), data=claim), cluster)
    root = app_with(web=config("a"))
    assert reasons(planned(root, cluster)) == {
        "data": "it holds data, which goes only with --prune-data"
    }
    applied(root, cluster)
    assert there(cluster, "PersistentVolumeClaim") == {"data"}
    applied(root, cluster, with_data=True)
    assert there(cluster, "PersistentVolumeClaim") == set()


def test_no_prune_leaves_all_and_forgets_nothing(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=config("a"), worker=config("b")), cluster)
    root = app_with(web=config("a"))
    applied(root, cluster, is_wanted=False)
    assert there(cluster) == {"a", "b"}
    applied(root, cluster)
    assert there(cluster) == {"a"}


def test_an_app_without_objects_and_a_large_removal_are_refused(app_with: AppWith) -> None:
    cluster = FakeCluster()
    many = {f"c{number}": config(f"n{number}") for number in range(6)}
    applied(app_with(**many), cluster)
    with pytest.raises(AppError, match="all 6 objects would be removed"):
        planned(app_with(), cluster)
    few = app_with(c0=config("n0"), c1=config("n1"))
    with pytest.raises(AppError, match="4 objects of 6 would be removed"):
        planned(few, cluster)
    applied(few, cluster, is_confirmed=True)
    assert there(cluster) == {"n0", "n1"}


def test_what_is_gone_does_not_count_when_much_is_removed(app_with: AppWith) -> None:
    cluster = FakeCluster()
    many = {f"c{number}": config(f"n{number}") for number in range(8)}
    applied(app_with(**many), cluster)
    for name in ("n0", "n6", "n7"):
        cluster.vanish(ObjectRef("", "ConfigMap", "test", name))
    with pytest.raises(AppError, match="4 objects of 5 would be removed"):
        planned(app_with(c0=config("n0"), c1=config("n1")), cluster)


def test_what_is_declared_as_external_is_others_business(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=config("a"), shared=config("b")), cluster)
    root = app_with(web=config("a"))
    file = root / "environments/test.yaml"
    file.write_text(file.read_text() + 'external: ["ConfigMap/b"]\n')
    applied(root, cluster)
    assert there(cluster) == {"a", "b"}


def test_a_failed_apply_removes_nothing_and_the_next_one_does(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=config("a"), worker=config("b")), cluster)
    root = app_with(web=config("a"), new=config("x"))
    cluster.refuse("apply", "x", REFUSAL)
    outcomes = applied(root, cluster)
    assert [type(item) for item in outcomes if isinstance(item, Failed | NotTried)] == [
        Failed,
        NotTried,
    ]
    assert there(cluster) == {"a", "b"}
    applied(root, cluster)
    assert there(cluster) == {"a", "x"}


def test_what_a_failed_apply_made_and_the_app_dropped_is_removed(app_with: AppWith) -> None:
    cluster = FakeCluster()
    cluster.refuse("apply", "x", REFUSAL)
    applied(app_with(web=config("a"), made=config("m"), new=config("x")), cluster)
    applied(app_with(web=config("a")), cluster)
    assert there(cluster) == {"a"}


def test_a_run_goes_first_and_what_others_use_last(app_with: AppWith) -> None:
    job = (
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: train}\nspec: {template: {spec: "
        "{restartPolicy: Never, containers: [{name: a, image: 'x:1'}]}}}\n"
    )
    cluster = FakeCluster()
    cluster.after("apply", "train", _completes(cluster))
    applied(app_with(web=config("a"), old=job, conf=config("b")), cluster)
    cluster.requests.clear()
    applied(app_with(web=config("a"), new=config("x")), cluster)
    members = [item for item in cluster.requests if "Secret" not in item and "Lease" not in item]
    assert set(members[:2]) == {"delete Job/train", "apply ConfigMap/x"}
    assert members[2:] == ["delete ConfigMap/b"]


def test_an_environment_of_an_older_kuplet_is_taken_over(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=config("a"), worker=config("b")), cluster)
    for name in ("a", "b"):  # as they were before there was a set
        ref = ObjectRef("", "ConfigMap", "test", name)
        (live,) = cluster.list_objects("v1", "ConfigMap", fieldSelector=f"metadata.name={name}")
        labels = mapping_at(live, "metadata", "labels")
        del labels["applyset.kubernetes.io/part-of"]
        cluster.vanish(ref)
        metadata: JsonObject = {"name": name, "namespace": "test", "labels": labels}
        cluster.apply(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": live["data"]}
        )
    cluster.vanish(PARENT)
    old = replace(newest(cluster), applyset="", besides=())
    Releases(cluster, "test", OWNER).settle(
        Releases(cluster, "test", OWNER).begin(old, old.revision)
    )
    applied(app_with(web=config("a")), cluster)
    assert there(cluster) == {"a"}
    assert newest(cluster).applyset == OWNER.applyset("test")


def test_delete_knows_what_left_the_app(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=config("a"), worker=config("b"), gone=config("c")), cluster)
    root = app_with(web=config("a"))
    compiled = compile_environment(load(root), "test")
    with pytest.raises(UsageError, match='has no component "never"'):
        plan_delete(compiled, target(cluster), ["never"])
    one = plan_delete(compiled, target(cluster), ["gone"])
    assert [step.ref.name for step in one.plan.steps] == ["c"]
    list(carry_out(load(root), one, target(cluster), CompileOptions(), PATIENCE))
    assert there(cluster) == {"a", "b"}
    rest = plan_delete(compiled, target(cluster))
    list(carry_out(load(root), rest, target(cluster), CompileOptions(), PATIENCE))
    assert there(cluster) == set()


def _completes(cluster: FakeCluster) -> Callable[[JsonObject], None]:
    def complete(_: JsonObject) -> None:
        ref = ObjectRef("batch", "Job", "test", "train")
        cluster.set_status(ref, {"conditions": [{"type": "Complete", "status": "True"}]})

    return complete


def test_an_environment_with_another_namespace_is_told_what_it_has_left(
    app_with: AppWith,
) -> None:
    cluster = FakeCluster()
    root = app_with(web=config("a"))
    with (root / "app.yaml").open("a") as file:
        file.write("id: a1b2c3d4e\n")
    applied(root, cluster)
    environment = root / "environments/test.yaml"
    environment.write_text(environment.read_text().replace("namespace: test", "namespace: moved"))

    def told() -> list[str]:
        findings = planned(root, cluster).comparison.findings
        return [item.message for item in findings if item.rule == "environment-elsewhere"]

    assert told() == ['it was applied to namespace "test" before, and its objects are there']
    shown = compare(compile_environment(load(root), "test"), target(cluster))
    assert "environment-elsewhere" in {item.rule for item in shown.findings}
