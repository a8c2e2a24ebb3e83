"""What the executor relies on, of a real API server and of the one in memory alike."""

import itertools
import time
from collections.abc import Iterator

import pytest

from compiler.executor.port import CONFLICT, NOT_FOUND, ApiError, ClusterPort
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, list_at, manifest_of, mapping_at, text_at, value_at
from tests.executor.fake_cluster import FakeCluster

_NUMBERS = itertools.count(1)


@pytest.fixture(params=["fake", pytest.param("sandbox", marks=pytest.mark.cluster)])
def cluster(request: pytest.FixtureRequest) -> Iterator[ClusterPort]:
    if request.param == "fake":
        yield FakeCluster()
        return
    from compiler.cluster.connect import connect
    from compiler.model.app import Destination

    yield connect(Destination(), request.getfixturevalue("sandbox").kubeconfig)


def config(name: str = "", **data: str) -> Manifest:
    """Return a ConfigMap of a name that no other test uses."""
    metadata: JsonObject = {
        "name": name or f"contract-{next(_NUMBERS)}",
        "namespace": "default",
        "labels": {"contract": "yes"},
    }
    return manifest_of(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(data)}
    )


def uid_of(live: JsonObject | None) -> str:
    return text_at(live, "metadata", "uid")


def test_what_was_applied_is_read(cluster: ClusterPort) -> None:
    made = config(mode="fast")
    applied = cluster.apply(made.body)
    live = cluster.read(made)
    assert live == applied
    assert mapping_at(live, "data") == {"mode": "fast"}
    assert uid_of(live)
    assert text_at(live, "metadata", "resourceVersion")


def test_what_was_never_made_is_not_there(cluster: ClusterPort) -> None:
    assert cluster.read(config()) is None


def test_applying_twice_changes_nothing(cluster: ClusterPort) -> None:
    made = config(mode="fast")
    first, second = cluster.apply(made.body), cluster.apply(made.body)
    versions = [text_at(live, "metadata", "resourceVersion") for live in (first, second)]
    assert versions[0] == versions[1]


def test_a_dry_run_shows_the_result_and_writes_nothing(cluster: ClusterPort) -> None:
    made = config(mode="fast")
    assert mapping_at(cluster.apply(made.body, dry_run=True), "data") == {"mode": "fast"}
    assert cluster.read(made) is None


def test_a_list_that_is_watched_is_given_anew_after_each_change(cluster: ClusterPort) -> None:
    made = config(mode="fast")
    cluster.apply(made.body)
    field = f"metadata.name={made.ref.name}"
    seen = cluster.watch_objects("v1", "ConfigMap", "default", fieldSelector=field)
    assert [mapping_at(item, "data") for item in next(seen)] == [{"mode": "fast"}]
    cluster.apply(config(made.ref.name, mode="slow").body)
    (changed,) = next(seen)
    assert mapping_at(changed, "data") == {"mode": "slow"}
    assert (changed["apiVersion"], changed["kind"]) == ("v1", "ConfigMap")
    cluster.delete(made.ref, "v1", uid_of(changed))
    assert next(seen) == []


def test_of_a_list_only_the_metadata_is_watched(cluster: ClusterPort) -> None:
    made = config(mode="fast")
    uid = uid_of(cluster.apply(made.body))
    field = f"metadata.name={made.ref.name}"
    place = ("v1", "ConfigMap", "default")
    seen = cluster.watch_objects(*place, only_metadata=True, fieldSelector=field)
    (first,) = next(seen)
    assert (uid_of(first), "data" in first) == (uid, False)
    cluster.apply(config(made.ref.name, mode="slow").body)
    (second,) = next(seen)
    assert (uid_of(second), "data" in second) == (uid, False)


def test_an_object_without_some_fields_is_shown_and_keeps_them(cluster: ClusterPort) -> None:
    made = config(mode="fast", keep="yes")
    mapping_at(made.body, "metadata")["annotations"] = {"example.com/a": "x", "b": "y"}
    cluster.apply(made.body)
    left = cluster.without(made, [("data", "mode"), ("metadata", "annotations", "example.com/a")])
    assert mapping_at(left, "data") == {"keep": "yes"}
    assert mapping_at(left, "metadata", "annotations") == {"b": "y"}
    assert value_at(cluster.read(made), "data", "mode") == "fast"


def test_a_field_that_is_left_out_goes(cluster: ClusterPort) -> None:
    made = config(mode="fast", keep="yes")
    cluster.apply(made.body)
    live = cluster.apply(config(made.ref.name, keep="yes").body)
    assert mapping_at(live, "data") == {"keep": "yes"}


def test_fields_of_others_stay_and_are_not_taken_silently(cluster: ClusterPort) -> None:
    made = config(mode="fast")
    cluster.apply(made.body)
    cluster.apply(config(made.ref.name, level="high").body, manager="somebody")
    live = cluster.apply(made.body)
    assert mapping_at(live, "data") == {"mode": "fast", "level": "high"}
    other = config(made.ref.name, level="low").body
    with pytest.raises(ApiError) as caught:
        cluster.apply(other)
    assert caught.value.is_conflict
    assert '"somebody"' in caught.value.causes[0].message
    assert caught.value.causes[0].field == ".data.level"
    live = cluster.apply(other, force=True)
    assert value_at(live, "data", "level") == "low"


def test_what_exists_is_not_created_again(cluster: ClusterPort) -> None:
    made = config(mode="fast")
    live = cluster.create(made.body)
    assert live == cluster.read(made)
    with pytest.raises(ApiError) as caught:
        cluster.create(made.body)
    assert (caught.value.code, caught.value.is_conflict) == (CONFLICT, False)


def test_nothing_is_made_in_a_namespace_that_does_not_exist(cluster: ClusterPort) -> None:
    body = config().body
    body["metadata"] = {"name": "lost", "namespace": "nowhere"}
    for write in (cluster.apply, cluster.create):
        with pytest.raises(ApiError) as caught:
            write(body)
        assert caught.value.code == NOT_FOUND
        assert caught.value.message == 'namespaces "nowhere" not found'


def test_a_kind_that_is_not_served_is_named(cluster: ClusterPort) -> None:
    if isinstance(cluster, FakeCluster):
        cluster = FakeCluster(unserved=frozenset({"Nothing"}))
    made = manifest_of(
        {
            "apiVersion": "example.com/v1",
            "kind": "Nothing",
            "metadata": {"name": "x", "namespace": "default"},
        }
    )
    assert not cluster.serves("example.com/v1", "Nothing")
    assert cluster.read(made) is None
    with pytest.raises(ApiError) as caught:
        cluster.apply(made.body)
    assert caught.value.reason == "NoKindMatch"


def test_exactly_the_object_with_the_uid_is_deleted(cluster: ClusterPort) -> None:
    made = config(mode="fast")
    live = cluster.apply(made.body)
    with pytest.raises(ApiError) as caught:
        cluster.delete(made.ref, "v1", "another-uid")
    assert caught.value.code == CONFLICT
    assert uid_of(cluster.read(made)) == uid_of(live)
    cluster.delete(made.ref, "v1", uid_of(live))
    assert cluster.read(made) is None
    cluster.delete(made.ref, "v1", uid_of(live))  # again: it is gone already
    assert uid_of(cluster.apply(made.body)) != uid_of(live)


def test_an_object_with_a_finalizer_stays_until_that_is_gone(cluster: ClusterPort) -> None:
    made = config(mode="fast")
    metadata: JsonObject = {**mapping_at(made.body, "metadata"), "finalizers": ["example.com/held"]}
    live = cluster.apply({**made.body, "metadata": metadata})
    cluster.delete(made.ref, "v1", uid_of(live))
    held = cluster.read(made)
    assert text_at(held, "metadata", "deletionTimestamp")
    assert list_at(held, "metadata", "finalizers") == ["example.com/held"]
    cluster.apply(made.body)  # lets go of the finalizer
    assert cluster.read(made) is None


def test_what_an_object_owns_stays_when_it_is_deleted_alone(cluster: ClusterPort) -> None:
    owner, owned = config(mode="fast"), config(mode="slow")
    uid = uid_of(cluster.apply(owner.body))
    name: JsonObject = {"apiVersion": "v1", "kind": "ConfigMap", "name": owner.ref.name, "uid": uid}
    metadata: JsonObject = {**mapping_at(owned.body, "metadata"), "ownerReferences": [name]}
    cluster.apply({**owned.body, "metadata": metadata})
    cluster.delete(owner.ref, "v1", uid, alone=True)
    deadline = time.monotonic() + 30
    while cluster.read(owner):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.5)  # what is owned would go a moment later
    live = cluster.read(owned)
    assert live
    cluster.delete(owned.ref, "v1", uid_of(live))


def test_objects_are_listed_by_their_labels(cluster: ClusterPort) -> None:
    made = config(mode="fast")
    body: JsonObject = {
        **made.body,
        "metadata": {**mapping_at(made.body, "metadata"), "labels": {"only": made.ref.name}},
    }
    live = cluster.apply(body)
    listed = cluster.list_objects(
        "v1", "ConfigMap", "default", labelSelector=f"only={made.ref.name}"
    )
    assert listed == [live]
    assert cluster.list_objects("v1", "ConfigMap", "default", labelSelector="only=nobody") == []
    (brief,) = cluster.list_metadata(
        "v1", "ConfigMap", "default", labelSelector=f"only={made.ref.name},only"
    )
    assert uid_of(brief) == uid_of(live)
    assert "data" not in brief


def test_what_has_a_status_is_known(cluster: ClusterPort) -> None:
    assert cluster.has_status("apps/v1", "Deployment")
    assert not cluster.has_status("v1", "ConfigMap")


def test_a_namespace_is_read_without_one(cluster: ClusterPort) -> None:
    live = cluster.read_cluster_scoped("v1", "Namespace", "default")
    assert text_at(live, "metadata", "name") == "default"


def test_a_write_over_a_version_that_is_there_no_more_is_refused(cluster: ClusterPort) -> None:
    made = config(mode="fast")
    old = text_at(cluster.apply(made.body), "metadata", "resourceVersion")
    live = cluster.apply(config(made.ref.name, mode="slow").body)
    new = text_at(live, "metadata", "resourceVersion")
    body = config(made.ref.name, mode="lost").body
    mapping_at(body, "metadata")["resourceVersion"] = old
    with pytest.raises(ApiError) as caught:
        cluster.apply(body, force=True)
    assert (caught.value.code, caught.value.is_conflict) == (CONFLICT, False)
    mapping_at(body, "metadata")["resourceVersion"] = new
    assert value_at(cluster.apply(body, force=True), "data", "mode") == "lost"
