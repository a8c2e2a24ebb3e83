"""What is seen to be unchanged the server calls unchanged, whatever was done to an object."""

import contextlib
import copy
import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from compiler.cluster.connect import connect
from compiler.executor.port import ApiError, ClusterPort
from compiler.executor.unchanged import is_unchanged
from compiler.model.app import Destination
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.manifest import Manifest, manifest_of, mapping_at
from compiler.sandbox import Sandbox

pytestmark = pytest.mark.cluster
EDITS = 300
_NUMBERS = itertools.count(1)
_LIMITS: JsonObject = {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "1Gi"}}
_POD: JsonObject = {
    "containers": [
        {
            "name": "main",
            "image": "registry.k8s.io/pause:3.9",
            "command": ["a", "b"],
            "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
            "ports": [{"containerPort": 80}, {"containerPort": 81, "protocol": "UDP"}],
            "resources": _LIMITS,
            "volumeMounts": [{"name": "tmp", "mountPath": "/data"}],
        },
        {"name": "side", "image": "registry.k8s.io/pause:3.9"},
    ],
    "volumes": [{"name": "tmp", "emptyDir": {}}],
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "nodeSelector": {"kubernetes.io/os": "none"},
}
_TEMPLATE: JsonObject = {"metadata": {"labels": {"app": "x"}}, "spec": _POD}
_SELECTOR: JsonObject = {"matchLabels": {"app": "x"}}
BODIES: list[JsonObject] = [
    {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1", "b": "2"}},
    {"apiVersion": "v1", "kind": "Secret", "data": {"a": "eA=="}, "type": "Opaque"},
    {"apiVersion": "v1", "kind": "ServiceAccount", "imagePullSecrets": [{"name": "a"}]},
    {
        "apiVersion": "v1",
        "kind": "Service",
        "spec": {
            "selector": {"app": "x"},
            "ports": [{"name": "a", "port": 80, "targetPort": 8080}, {"name": "b", "port": 81}],
        },
    },
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "spec": {"replicas": 0, "selector": _SELECTOR, "template": _TEMPLATE},
    },
    {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "spec": {"replicas": 0, "serviceName": "x", "selector": _SELECTOR, "template": _TEMPLATE},
    },
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}],
    },
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "spec": {"podSelector": _SELECTOR, "ingress": [{"from": [{"podSelector": {}}]}]},
    },
    {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "spec": {"minAvailable": 1, "selector": _SELECTOR},
    },
]
MANAGERS = ("kubectl", "argocd-controller", "kuplet")


@pytest.fixture
def cluster(sandbox: Sandbox) -> ClusterPort:
    return connect(Destination(), sandbox.kubeconfig)


def named(body: JsonObject) -> JsonObject:
    metadata: JsonObject = {
        "name": f"unchanged-{next(_NUMBERS)}",
        "namespace": "default",
        "labels": {"a": "b", "app.kubernetes.io/name": "x"},
        "annotations": {"note": "one"},
    }
    return {**copy.deepcopy(body), "metadata": metadata}


def places(value: JsonValue, *, is_whole: bool = True) -> Iterator[JsonObject | list[JsonValue]]:
    """Yield all objects and lists but the whole."""
    if isinstance(value, dict | list):
        if not is_whole:
            yield value
        for item in list(value.values()) if isinstance(value, dict) else list(value):
            yield from places(item, is_whole=False)


def edit(chance: random.Random, body: JsonObject) -> None:
    """Change something anywhere in an object but its identity."""
    place = chance.choice(list(places(body)))
    if isinstance(place, list):
        deeds: list[Callable[[], object]] = [
            lambda: place.append(copy.deepcopy(chance.choice(place))) if place else None,
            lambda: place.pop(chance.randrange(len(place))) if place else None,
            place.reverse,
        ]
        chance.choice(deeds)()
        return
    key = chance.choice([*place, "added"])
    if key in {"name", "namespace", "managedFields", "uid", "resourceVersion"}:
        return
    values: list[JsonValue] = [1, "2", "other", True, {}, [], {"added": "x"}, None]
    if chance.random() < 0.4:
        place.pop(key, None)
    else:
        place[key] = chance.choice(values)


def shown(live: JsonObject) -> JsonObject:
    """Return an object without who wrote what when, and what controllers write meanwhile."""
    metadata = mapping_at(live, "metadata")
    left_out = {"managedFields", "resourceVersion", "generation"}
    kept = {key: value for key, value in metadata.items() if key not in left_out}
    return {**live, "metadata": kept, "status": None}


def meddle(cluster: ClusterPort, chance: random.Random, manifest: Manifest) -> None:
    """Let somebody change a live object, or refuse what the server refuses."""
    other = copy.deepcopy(manifest.body)
    for _ in range(chance.randint(1, 2)):
        edit(chance, other)
    with contextlib.suppress(ApiError):
        cluster.apply(other, manager=chance.choice(MANAGERS), force=True)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_seen_unchanged_that_an_apply_would_change(
    cluster: ClusterPort, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  no secret
    counts: Counter[str] = Counter()
    for number in range(EDITS // 3):
        manifest = manifest_of(named(BODIES[number % len(BODIES)]))
        cluster.apply(manifest.body)
        asked = copy.deepcopy(manifest.body)
        if chance.random() < 0.5:
            meddle(cluster, chance, manifest)
        if chance.random() < 0.4:
            edit(chance, asked)
        live = cluster.read(manifest)
        assert live
        is_seen = is_unchanged(asked, live)
        try:
            would_be = cluster.apply(asked, dry_run=True)
        except ApiError:
            counts["refused"] += 1
            assert not is_seen, asked
            continue
        if not same(shown(cluster.read(manifest) or {}), shown(live)):
            continue  # a controller has written meanwhile
        is_same = same(shown(would_be), shown(live))
        counts[f"{is_seen=} {is_same=}"] += 1
        assert not is_seen or is_same, (asked, live, would_be)
    assert counts["is_seen=True is_same=True"] > 10, counts


@pytest.mark.parametrize("body", BODIES, ids=lambda body: str(body["kind"]))
def test_what_was_just_applied_is_seen_unchanged(cluster: ClusterPort, body: JsonObject) -> None:
    manifest = manifest_of(named(body))
    cluster.apply(manifest.body)
    live = cluster.read(manifest)
    assert live
    assert is_unchanged(manifest.body, live)
