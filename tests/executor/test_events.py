"""Which events belong to an environment, and how repeated ones are told."""

from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, mapping_at, text_at
from compiler.verbs.applied import Applied
from compiler.verbs.events import events_of
from tests.executor.fake_cluster import FakeCluster
from tests.factories import make_environment, make_manifest


def uid_of(cluster: FakeCluster, manifest: Manifest) -> str:
    return text_at(cluster.read(manifest), "metadata", "uid")


def happen(cluster: FakeCluster, name: str, about: Manifest, uid: str, **more: object) -> None:
    concerned = {
        "apiVersion": about.api_version,
        "kind": about.ref.kind,
        "name": about.ref.name,
        "uid": uid,
    }
    body = make_manifest("Event", name, involvedObject=concerned, type="Warning", **more)  # type: ignore[arg-type]
    cluster.apply(body.body)


def test_events_of_what_an_object_owns_are_its_own_and_repeated_ones_are_counted() -> None:
    cluster = FakeCluster()
    labels: JsonObject = {"kuplet.dev/component": "web"}
    web = make_manifest("Deployment", "web", api_version="apps/v1")
    mapping_at(web.body, "metadata")["labels"] = labels
    other = make_manifest("ConfigMap", "other")
    for item in (web, other):
        cluster.apply(item.body)
    replicas = make_manifest("ReplicaSet", "web-1", api_version="apps/v1")
    mapping_at(replicas.body, "metadata")["ownerReferences"] = [
        {"apiVersion": "apps/v1", "kind": "Deployment", "uid": uid_of(cluster, web)}
    ]
    cluster.apply(replicas.body)
    pod = make_manifest("Pod", "web-1-a")
    mapping_at(pod.body, "metadata")["ownerReferences"] = [
        {"apiVersion": "apps/v1", "kind": "ReplicaSet", "uid": uid_of(cluster, replicas)}
    ]
    cluster.apply(pod.body)
    pod_uid = uid_of(cluster, pod)
    again = {"reason": "BackOff", "message": "again"}
    happen(cluster, "e1", pod, pod_uid, count=3, lastTimestamp="2026-01-01T00:00:03Z", **again)
    happen(cluster, "e2", pod, pod_uid, count=2, lastTimestamp="2026-01-01T00:00:09Z", **again)
    happen(cluster, "e3", web, uid_of(cluster, web), eventTime="2026-01-01T00:00:05Z")
    happen(cluster, "e4", other, uid_of(cluster, other))
    happen(cluster, "e5", pod, "gone")
    found, strangers = events_of(Applied(environment=make_environment(), manifests=(web,)), cluster)
    assert [(item.object, item.count, item.component) for item in found] == [
        ("Deployment/web", 1, "web"),
        ("Pod/web-1-a", 5, "web"),
    ]
    assert found[1].last == "2026-01-01T00:00:09Z"
    assert strangers == 1
