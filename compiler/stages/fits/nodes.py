"""Whether nodes have what pods ask for.

What is said to be impossible is: only bounds are used that no order of placing pods can beat.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from compiler.kinds.pod_template import PodTemplate
from compiler.kinds.pods import pods_of
from compiler.model.fit import Fit, Obstacle
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, mapping_at, objects_at, text_at
from compiler.stages.diff import field_below
from compiler.stages.pod_requests import amounts_at, container_requests, pod_requests
from compiler.stages.quantity import quantity_text

_NOTHING = Fraction(0)
_ALL_NODES = "DaemonSet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What a node has for pods.

    Attributes:
        used: What pods of others ask of it now.
        taints: Those that keep pods away that do not tolerate them.
    """

    name: str
    has: Mapping[str, Fraction]
    used: Mapping[str, Fraction]
    labels: JsonObject
    taints: Sequence[JsonObject]


def node_of(live: JsonObject, pods: Sequence[JsonObject]) -> Node | None:
    """Return a live node, with the live pods of others on it; ``None`` if it takes no pods."""
    if mapping_at(live, "spec").get("unschedulable") is True:
        return None
    name = text_at(live, "metadata", "name")
    used: dict[str, Fraction] = {}
    for pod in pods:
        if text_at(pod, "spec", "nodeName") == name and not _is_over(pod):
            asks = {**pod_requests(mapping_at(pod, "spec")), "pods": Fraction(1)}
            used = {key: used.get(key, _NOTHING) + asks.get(key, _NOTHING) for key in used | asks}
    taints = objects_at(live, "spec", "taints")
    return Node(
        name=name,
        has=amounts_at(live, "status", "allocatable"),
        used=used,
        labels=mapping_at(live, "metadata", "labels"),
        taints=[item for item in taints if text_at(item, "effect") in {"NoSchedule", "NoExecute"}],
    )


def _is_over(pod: JsonObject) -> bool:
    return text_at(pod, "status", "phase") in {"Succeeded", "Failed"}


def node_obstacles(manifest: Manifest, nodes: Sequence[Node]) -> Iterator[Obstacle]:
    """Yield why the pods of an object find no node."""
    sorts = pods_of(manifest)
    alone = [item for pods in sorts for item in _of_sort(manifest, pods, nodes)]
    yield from alone
    if not alone and len(sorts) > 1:
        yield from _together(sorts, nodes)


def _together(sorts: Sequence[PodTemplate], nodes: Sequence[Node]) -> Iterator[Obstacle]:
    """Yield that pods of several sorts, each of which fits, are too much together."""
    for name in sorted({name for pods in sorts for name in pod_requests(pods.spec)}):
        wanted = [pods.count * pod_requests(pods.spec).get(name, _NOTHING) for pods in sorts]
        there = sum((node.has.get(name, _NOTHING) for node in nodes), _NOTHING)
        if sum(wanted) > there:
            largest = sorts[wanted.index(max(wanted))]
            amounts = [quantity_text(name, amount) for amount in (sum(wanted, _NOTHING), there)]
            message = "its pods together ask for {} {}, and all nodes have {}".format(
                name, *amounts
            )
            yield Obstacle(fit=Fit.NEVER, message=message, field=largest.count_field)


def _of_sort(manifest: Manifest, pods: PodTemplate, nodes: Sequence[Node]) -> Iterator[Obstacle]:
    open_ones = [node for node in nodes if _takes(node, pods.spec)]
    one = f"a pod of {pods.role}" if pods.role else "a pod"
    if not open_ones:
        message = f"no node takes {one}: {_wishes(pods.spec)}"
        yield Obstacle(fit=Fit.NEVER, message=message, field=f"{pods.path}.nodeSelector")
        return
    asks = {**pod_requests(pods.spec), "pods": Fraction(1)}
    most_of = {name: _most(open_ones, name) for name in asks}
    too_large = [name for name, amount in asks.items() if amount > most_of[name]]
    for name in too_large:
        message = f"{one} asks for {name} {quantity_text(name, asks[name])}, and the largest node"
        message += f" that takes it has {quantity_text(name, most_of[name])}"
        yield Obstacle(fit=Fit.NEVER, message=message, field=_asking(pods, name))
    if too_large or manifest.ref.kind == _ALL_NODES:
        return
    if not any(_room(node, asks) for node in open_ones):
        wanted = ", ".join(f"{name} {quantity_text(name, asks[name])}" for name in asks)
        message = f"no node has all of what {one} asks for: {wanted}"
        yield Obstacle(fit=Fit.NEVER, message=message, field=_asking(pods, "cpu"))
        return
    runs_in_turn = (manifest.ref.group, manifest.ref.kind) == ("batch", "Job")
    yield from _of_all(pods, asks, open_ones, Fit.LATER if runs_in_turn else Fit.NEVER)


def _of_all(
    pods: PodTemplate, asks: Mapping[str, Fraction], nodes: Sequence[Node], too_many: Fit
) -> Iterator[Obstacle]:
    """Yield why the nodes do not hold all pods of one sort at once.

    Args:
        too_many: What it means when empty nodes do not: pods of a Job may run one after the other.
    """
    whole = sum(_room(node, asks) for node in nodes)
    free = sum(_room(node, asks, is_used=True) for node in nodes)
    name = f"pods of {pods.role}" if pods.role else "pods"
    if pods.count > whole:
        message = f"the nodes hold {whole} of {pods.count} {name} at once"
        yield Obstacle(fit=too_many, message=message, field=pods.count_field)
    elif pods.count > free:
        message = f"the nodes have room for {free} of {pods.count} {name} now: others run on them"
        yield Obstacle(fit=Fit.LATER, message=message, field=pods.count_field)


def _takes(node: Node, pod: JsonObject) -> bool:
    """Return whether a pod may run on a node; what affinity says besides is not judged."""
    wanted = mapping_at(pod, "nodeSelector")
    tolerations = objects_at(pod, "tolerations")
    return all(node.labels.get(key) == value for key, value in wanted.items()) and all(
        any(_tolerates(toleration, taint) for toleration in tolerations) for taint in node.taints
    )


def _tolerates(toleration: JsonObject, taint: JsonObject) -> bool:
    key, effect = text_at(toleration, "key"), text_at(toleration, "effect")
    if effect not in ("", text_at(taint, "effect")):
        return False
    if text_at(toleration, "operator") == "Exists":
        return key in ("", text_at(taint, "key"))
    is_same = text_at(toleration, "value") == text_at(taint, "value")
    return key == text_at(taint, "key") and is_same


def _wishes(pod: JsonObject) -> str:
    wanted = [f"{key}={value}" for key, value in mapping_at(pod, "nodeSelector").items()]
    return f"nodeSelector {', '.join(wanted)}" if wanted else "it tolerates the taints of none"


def _most(nodes: Sequence[Node], name: str) -> Fraction:
    return max(node.has.get(name, _NOTHING) for node in nodes)


def _room(node: Node, asks: Mapping[str, Fraction], *, is_used: bool = False) -> int:
    """Return how many such pods a node holds: all in all, or beside those that run there."""
    rooms = [
        (node.has.get(name, _NOTHING) - (node.used.get(name, _NOTHING) if is_used else 0)) // amount
        for name, amount in asks.items()
        if amount > 0
    ]
    return max(int(min(rooms)), 0)


def _asking(pods: PodTemplate, resource: str) -> str:
    """Return the path of the container that asks for most of a resource."""
    containers = objects_at(pods.spec, "containers")
    if not containers:
        return pods.path
    amounts = [container_requests(item).get(resource, _NOTHING) for item in containers]
    index = amounts.index(max(amounts))
    largest = containers[index]
    resources = pods.resources_of(index, text_at(largest, "name"))
    is_named = resource in mapping_at(largest, "resources", "requests")
    return field_below(f"{resources}.{'requests' if is_named else 'limits'}", resource)
