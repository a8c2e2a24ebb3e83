"""Whether pods find a place: on nodes, in quotas, in limits."""

from collections.abc import Sequence

import pytest

from compiler.model.fit import Fit, Obstacle
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest
from compiler.stages.fits.limits import quota_obstacles, range_obstacles
from compiler.stages.fits.nodes import Node, node_obstacles, node_of
from tests.factories import make_manifest

GPU = "nvidia.com/gpu"


def web(replicas: int = 1, pod: dict[str, object] | None = None) -> Manifest:
    spec = {"replicas": replicas, "template": {"spec": pod or asking(cpu="1")}}
    return make_manifest("Deployment", "web", api_version="apps/v1", spec=spec)


def asking(**requests: str) -> dict[str, object]:
    limits = {GPU: requests.pop("gpu")} if "gpu" in requests else {}
    resources = {"requests": requests, "limits": limits}
    return {"containers": [{"name": "main", "image": "a:1", "resources": resources}]}


def node(name: str = "n", pods: Sequence[JsonObject] = (), **more: JsonObject) -> Node:
    live: JsonObject = {
        "metadata": {"name": name, "labels": {"pool": "cpu"}},
        "spec": more.get("spec", {}),
        "status": {
            "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110", **more.get("has", {})}
        },
    }
    made = node_of(live, pods)
    assert made
    return made


def running(cpu: str, phase: str = "Running", on: str = "n") -> JsonObject:
    spec: JsonObject = {**asking(cpu=cpu), "nodeName": on}  # type: ignore[dict-item]
    return {"spec": spec, "status": {"phase": phase}}


def only(obstacles: Sequence[Obstacle]) -> tuple[Fit, str]:
    (found,) = obstacles
    return found.fit, found.message


@pytest.mark.parametrize(
    ("manifest", "fit", "message"),
    [
        (
            web(pod=asking(gpu="2")),
            Fit.NEVER,
            f"a pod asks for {GPU} 2, and the largest node that takes it has 1",
        ),
        (web(9), Fit.NEVER, "the nodes hold 8 of 9 pods at once"),
        (web(7), Fit.LATER, "the nodes have room for 6 of 7 pods now: others run on them"),
        (
            web(pod={**asking(cpu="3", gpu="1"), "nodeSelector": {"pool": "gpu"}}),
            Fit.NEVER,
            "no node takes a pod: nodeSelector pool=gpu",
        ),
        (
            web(pod=asking(cpu="4", memory="9Gi", gpu="1")),
            Fit.NEVER,
            "a pod asks for memory 9Gi, and the largest node that takes it has 8Gi",
        ),
    ],
)
def test_what_nodes_do_not_have(manifest: Manifest, fit: Fit, message: str) -> None:
    nodes = [node("n", [running("2"), running("4", "Succeeded")]), node("m", has={GPU: "1"})]
    assert only([*node_obstacles(manifest, nodes)]) == (fit, message)


def test_a_pod_needs_one_node_that_has_all_of_it() -> None:
    nodes = [node("n", has={"cpu": "1", GPU: "1"}), node("m")]
    found = only([*node_obstacles(web(pod=asking(cpu="2", gpu="1")), nodes)])
    assert found == (Fit.NEVER, f"no node has all of what a pod asks for: {GPU} 1, cpu 2, pods 1")


def test_pods_of_a_job_may_run_in_turn() -> None:
    spec = {"parallelism": 9, "template": {"spec": asking(cpu="1")}}
    job = make_manifest("Job", "many", api_version="batch/v1", spec=spec)
    assert only([*node_obstacles(job, [node()])])[0] is Fit.LATER


def test_sorts_of_pods_are_counted_together() -> None:
    roles = {
        name: {"replicas": 2, "template": {"spec": asking(cpu="2")}} for name in ("Chief", "Worker")
    }
    job = make_manifest(
        "TFJob", "train", api_version="kubeflow.org/v1", spec={"tfReplicaSpecs": roles}
    )
    assert not [*node_obstacles(job, [node(), node()])]
    assert only([*node_obstacles(job, [node()])]) == (
        Fit.NEVER,
        "its pods together ask for cpu 8, and all nodes have 4",
    )


@pytest.mark.parametrize(
    ("tolerations", "is_taken"),
    [
        ([], False),
        ([{"operator": "Exists"}], True),
        ([{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}], True),
        ([{"key": "gpu", "value": "yes"}], True),
        ([{"key": "gpu", "value": "no"}], False),
        ([{"key": "gpu", "operator": "Exists", "effect": "NoExecute"}], False),
    ],
)
def test_taints_keep_pods_away(tolerations: list[JsonObject], is_taken: bool) -> None:
    taint: JsonObject = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}
    soft: JsonObject = {"key": "old", "effect": "PreferNoSchedule"}
    tainted = node(spec={"taints": [taint, soft]})
    pods = web(pod={**asking(cpu="1"), "tolerations": tolerations})
    assert (not [*node_obstacles(pods, [tainted])]) is is_taken


def test_a_node_that_is_cordoned_takes_nothing() -> None:
    assert node_of({"metadata": {"name": "n"}, "spec": {"unschedulable": True}}, []) is None


def quota(hard: JsonObject, used: JsonObject | None = None) -> JsonObject:
    status: JsonObject = {"used": used} if used else {}
    return {"metadata": {"name": "team"}, "spec": {"hard": hard}, "status": status}


@pytest.mark.parametrize(
    ("given", "fit", "message"),
    [
        (
            quota({"requests.cpu": "2"}),
            Fit.NEVER,
            'its pods ask for requests.cpu 3 of at most 2 in quota "team"',
        ),
        (
            quota({"cpu": "4"}, {"cpu": "2500m"}),
            Fit.LATER,
            'quota "team" has cpu 1.5 left of 4, and its pods ask for 3',
        ),
        (quota({"pods": "2"}), Fit.NEVER, 'its pods ask for pods 3 of at most 2 in quota "team"'),
        (
            quota({"limits.memory": "9Gi"}),
            Fit.NEVER,
            'container "main" has no limits.memory, which quota "team" counts',
        ),
    ],
)
def test_what_a_quota_does_not_give(given: JsonObject, fit: Fit, message: str) -> None:
    assert only([*quota_obstacles(web(3), given)]) == (fit, message)


def test_what_a_limit_range_gives_need_not_be_written() -> None:
    given: JsonObject = {
        "spec": {"limits": [{"type": "Container", "default": {"memory": "1Gi"}}]},
    }
    assert not [*quota_obstacles(web(), quota({"limits.memory": "9Gi"}), [given])]


def test_a_quota_of_some_pods_is_not_judged() -> None:
    scoped = quota({"pods": "0"})
    scoped["spec"] = {"hard": {"pods": "0"}, "scopes": ["BestEffort"]}
    assert not [*quota_obstacles(web(), scoped)]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (
            {"type": "Container", "max": {"cpu": "500m"}},
            'container "main" asks for cpu 1 of at most 500m in LimitRange "team"',
        ),
        (
            {"type": "Container", "min": {"cpu": "2"}},
            'container "main" asks for cpu 1 of at least 2 in LimitRange "team"',
        ),
        (
            {"type": "Pod", "max": {"cpu": "500m"}},
            'a pod asks for cpu 1 of at most 500m in LimitRange "team"',
        ),
    ],
)
def test_what_a_limit_range_refuses(item: JsonObject, message: str) -> None:
    given: JsonObject = {"metadata": {"name": "team"}, "spec": {"limits": [item]}}
    assert only([*range_obstacles(web(), given)]) == (Fit.NEVER, message)


def test_what_a_runtime_completes_is_judged_by_what_it_says_itself() -> None:
    trainer: JsonObject = {"numNodes": 2, "resourcesPerNode": {"limits": {GPU: 2}}}
    api = "trainer.kubeflow.org/v1alpha1"
    train = make_manifest("TrainJob", "run", api_version=api, spec={"trainer": trainer})
    assert not [*quota_obstacles(train, quota({"requests.cpu": "4"}))]
    (obstacle,) = node_obstacles(train, [node(has={GPU: "1"})])
    assert obstacle.field == f'spec.trainer.resourcesPerNode.limits["{GPU}"]'
