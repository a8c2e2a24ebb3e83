"""What a delete would do, and what comparing finds, on a cluster in memory."""

from collections.abc import Sequence

import pytest

from compiler.executor.compare import compare_with_cluster
from compiler.executor.namespaces import namespace_manifest
from compiler.executor.port import FORBIDDEN, ApiError
from compiler.executor.removal import compare_removal
from compiler.model.change import Action
from compiler.model.compiled import CompiledEnvironment
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, mapping_at
from compiler.model.owner import Owner, as_member
from compiler.stages.link.link import link
from tests.executor.fake_cluster import FakeCluster
from tests.factories import make_environment, make_manifest

MINE, THEIRS = Owner("demo", "test"), Owner("other", "prod")


def owned(manifest: Manifest, owner: Owner = MINE) -> Manifest:
    metadata: JsonObject = {
        **mapping_at(manifest.body, "metadata"),
        "labels": owner.labels_of(manifest.origin.component),
    }
    body: JsonObject = {**manifest.body, "metadata": metadata}
    return Manifest(ref=manifest.ref, body=body, origin=manifest.origin)


def compiled(manifests: Sequence[Manifest]) -> CompiledEnvironment:
    environment = make_environment()
    dag = link(environment, manifests)
    found = {item.ref: item for item in manifests}
    ordered = tuple(found[ref] for ref in dag.order)
    return CompiledEnvironment(environment=environment, manifests=ordered, dag=dag)


CONFIG = owned(make_manifest(data={"mode": "fast"}))
SPACE = owned(make_manifest("Namespace", "test", namespace=""))


def test_what_is_ours_goes_and_what_does_not_exist_is_no_step() -> None:
    cluster = FakeCluster()
    cluster.apply(CONFIG.body)
    other = owned(make_manifest(name="never-made"))
    (change,) = compare_removal(compiled([CONFIG, other]), cluster).changes
    assert (change.manifest, change.action, change.note) == (CONFIG, Action.DELETE, "")


@pytest.mark.parametrize(
    ("live", "reason"),
    [
        (owned(CONFIG, THEIRS), 'it belongs to environment "prod" of app "other"'),
        (make_manifest(data={"mode": "fast"}), "kuplet did not make it"),
    ],
)
def test_what_is_not_ours_is_kept_and_says_why(live: Manifest, reason: str) -> None:
    cluster = FakeCluster()
    cluster.apply(live.body)
    (change,) = compare_removal(compiled([CONFIG]), cluster).changes
    assert (change.action, change.note) == (Action.KEEP, reason)


def test_a_namespace_that_holds_what_others_made_is_kept() -> None:
    cluster = FakeCluster()
    for each in (
        SPACE,
        CONFIG,
        make_manifest(name="theirs"),
        make_manifest(name="kube-root-ca.crt"),
    ):
        cluster.apply(each.body)
    config, space = compare_removal(compiled([SPACE, CONFIG]), cluster).changes
    assert config.action is Action.DELETE
    assert (space.action, space.note) == (Action.KEEP, "ConfigMap/theirs would go with it")


def test_a_namespace_that_holds_objects_of_a_custom_kind_is_kept() -> None:
    cluster = FakeCluster()
    definition = make_manifest(
        "CustomResourceDefinition",
        "things.example.com",
        api_version="apiextensions.k8s.io/v1",
        namespace="",
        spec={
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"kind": "Thing", "plural": "things"},
            "versions": [{"name": "v1", "served": True, "storage": True}],
        },
    )
    for each in (SPACE, definition, make_manifest("Thing", "it", api_version="example.com/v1")):
        cluster.apply(each.body)
    (space,) = compare_removal(compiled([SPACE]), cluster).changes
    assert (space.action, space.note) == (Action.KEEP, "Thing/it would go with it")


def test_comparing_finds_what_is_new_other_and_the_same() -> None:
    cluster = FakeCluster()
    same, new = owned(make_manifest(name="same")), owned(make_manifest(name="new"))
    cluster.apply(as_member(same, MINE.applyset("test")).body)
    cluster.apply(owned(make_manifest(data={"mode": "slow"})).body)
    found = compare_with_cluster(compiled([CONFIG, same, new]), cluster)
    actions = {change.manifest.ref.name: change.action for change in found.changes}
    assert actions == {"config": Action.UPDATE, "same": Action.KEEP, "new": Action.CREATE}
    assert found.findings == ()


def test_an_object_of_another_environment_is_adopted_only_when_asked() -> None:
    cluster = FakeCluster()
    cluster.apply(owned(CONFIG, THEIRS).body)
    asked = compare_with_cluster(compiled([CONFIG]), cluster)
    assert [finding.rule for finding in asked.findings] == ["object-owned"]
    forced = compare_with_cluster(compiled([CONFIG]), cluster, adopt=True)
    (change,) = forced.changes
    assert (forced.findings, change.action) == ((), Action.ADOPT)
    assert change.note == 'taken from environment "prod" of app "other"'


def test_a_namespace_that_is_missing_is_added_with_our_labels() -> None:
    cluster = FakeCluster()
    cluster.vanish(SPACE.ref)
    space, config = compare_with_cluster(compiled([CONFIG]), cluster).changes
    assert space.manifest == namespace_manifest(MINE, "test")
    assert (space.action, config.action) == (Action.CREATE, Action.CREATE)
    assert config.note == "its namespace is new to the cluster"


def test_a_cluster_that_refuses_us_is_told_from_one_that_refuses_an_object() -> None:
    cluster = FakeCluster()
    message = 'configmaps "config" is forbidden: User "joe" cannot get resource "configmaps"'
    no = ApiError(FORBIDDEN, {"reason": "Forbidden", "message": message})
    cluster.refuse("read", "config", no)
    denied = compare_with_cluster(compiled([CONFIG]), cluster)
    assert (denied.is_external, [item.rule for item in denied.findings]) == (
        True,
        ["cluster-forbidden"],
    )
