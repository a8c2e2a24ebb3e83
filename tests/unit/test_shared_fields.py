"""What controllers wrote into a live object is sent along; what people wrote is not."""

import pytest

from compiler.executor.queueing import Addition
from compiler.executor.shared_fields import beside_controllers
from compiler.model.json import JsonObject, JsonValue

FLAVOR: list[Addition] = [
    ("nodeSelector", "zone", "a"),
    ("tolerations", "", {"key": "gpus", "operator": "Exists"}),
    ("parallelism", "", 2),
]
OWN: JsonObject = {"key": "own", "operator": "Exists"}
GPUS: JsonObject = {"key": "gpus", "operator": "Exists"}
OF_KUEUE: JsonObject = {"kueue.x-k8s.io/podset": "all"}


def workers(metadata: JsonValue = None, **spec: JsonValue) -> JsonObject:
    template: JsonObject = {"spec": {"containers": [{"name": "main", "image": "a:1"}], **spec}}
    return {"groups": [{"template": template | ({"metadata": metadata} if metadata else {})}]}


@pytest.mark.parametrize(
    ("asked", "live"),
    [
        (workers(), workers({"labels": OF_KUEUE, "annotations": OF_KUEUE})),
        (workers({"labels": {"a": "b"}}), workers({"labels": OF_KUEUE | {"a": "b"}})),
        (workers(), workers(nodeSelector={"zone": "a"}, tolerations=[GPUS])),
        (workers(nodeSelector={"disk": "b"}), workers(nodeSelector={"disk": "b", "zone": "a"})),
        (workers(tolerations=[OWN]), workers(tolerations=[OWN, GPUS])),
        (workers(), workers(schedulingGates=[{"name": "kueue.x-k8s.io/topology"}])),
        ({"nodeSelector": {"disk": "b"}}, {"nodeSelector": {"disk": "b", "zone": "a"}}),
        ({"parallelism": 4}, {"parallelism": 2}),
        (workers(), workers({"creationTimestamp": None}, resources={})),
        ({"groups": [{"suspend": False, "args": []}]}, {"groups": [{}]}),
    ],
)
def test_what_a_queue_adds_and_how_go_writes_is_kept(asked: JsonObject, live: JsonObject) -> None:
    assert beside_controllers(asked, live, FLAVOR) == live


@pytest.mark.parametrize(
    ("asked", "live"),
    [
        (workers(), workers({"labels": {"by": "hand"}})),
        (workers(), workers(nodeSelector={"zone": "b"})),
        (workers(), workers(tolerations=[OWN])),
        (workers(), workers(schedulingGates=[{"name": "mine"}])),
        (workers(nodeSelector={"zone": "b"}), workers(nodeSelector={"zone": "a"})),
        (workers(), workers(priorityClassName="high")),
        ({"parallelism": 4}, {"parallelism": 3}),
        ({"groups": [{"suspend": True}]}, {"groups": [{}]}),
        ({"suspend": False}, {}),
        ({"groups": []}, {"groups": [{}]}),
    ],
)
def test_everything_else_is_as_the_app_says(asked: JsonObject, live: JsonObject) -> None:
    assert beside_controllers(asked, live, FLAVOR) == asked


def test_maps_that_each_may_write_into_stay_the_apps() -> None:
    live: JsonObject = {"metadata": {"labels": OF_KUEUE | {"a": "b"}}}
    asked: JsonObject = {"metadata": {"labels": {"a": "b"}}}
    assert beside_controllers(asked, live, FLAVOR) == asked


def test_a_group_keeps_its_own_when_another_comes_before_it() -> None:
    live: JsonObject = {"groups": [{"groupName": "all", "metadata": {"labels": OF_KUEUE}}]}
    asked: JsonObject = {"groups": [{"groupName": "new"}, {"groupName": "all"}]}
    assert beside_controllers(asked, live, FLAVOR) == {
        "groups": [{"groupName": "new"}, *live["groups"]]  # type: ignore[misc]
    }


def test_of_an_object_that_its_controller_has_rewritten_zeros_may_be_missing() -> None:
    asked: JsonObject = {"suspend": False, "entrypoint": "a"}
    live: JsonObject = {"entrypoint": "a", "options": {}}
    assert beside_controllers(asked, live, [], is_whole=True) == live
