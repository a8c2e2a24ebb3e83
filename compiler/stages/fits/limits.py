"""Whether the ResourceQuotas and LimitRanges of a namespace let pods be made.

Source: https://kubernetes.io/docs/concepts/policy/
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction

from compiler.kinds.pod_template import PodTemplate
from compiler.kinds.pods import pods_of
from compiler.model.fit import Fit, Obstacle
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, mapping_at, objects_at, text_at
from compiler.stages.pod_requests import amounts_at, pod_requests
from compiler.stages.quantity import quantity_text

_NOTHING = Fraction(0)
_ALWAYS_NAMED = ("cpu", "memory")  # a quota of these makes every container name its amount
_PARTS = ("requests", "limits")


def quota_obstacles(
    manifest: Manifest, quota: JsonObject, ranges: Sequence[JsonObject] = ()
) -> Iterator[Obstacle]:
    """Yield why a quota does not let the pods of an object be made.

    Args:
        ranges: The LimitRanges of the namespace: what they give containers need not be written.
        quota: A ResourceQuota; of a live one what is used counts, too. One with scopes is for some
            pods only, and is not judged.
    """
    spec = mapping_at(quota, "spec")
    if spec.get("scopes") or spec.get("scopeSelector"):
        return
    name = text_at(quota, "metadata", "name")
    hard, used = amounts_at(quota, "spec", "hard"), amounts_at(quota, "status", "used")
    asks, fields = asks_of(manifest, ranges)
    for key, most in hard.items():
        wanted = asks.get(key, _NOTHING)
        resource = key.partition(".")[2] or key
        if wanted > most:
            words = f"{key} {quantity_text(resource, wanted)} of at most"
            message = f'its pods ask for {words} {quantity_text(resource, most)} in quota "{name}"'
            yield Obstacle(fit=Fit.NEVER, message=message, field=fields[key], resource=resource)
        elif wanted and wanted > most - used.get(key, _NOTHING):
            left = quantity_text(resource, max(most - used.get(key, _NOTHING), _NOTHING))
            message = f'quota "{name}" has {key} {left} left of {quantity_text(resource, most)}'
            message += f", and its pods ask for {quantity_text(resource, wanted)}"
            yield Obstacle(fit=Fit.LATER, message=message, field=fields[key], resource=resource)
    given = {key for item in ranges for key in _defaults(item)}
    yield from _unnamed(manifest, hard.keys() - given, name)


def asks_of(
    manifest: Manifest, ranges: Sequence[JsonObject] = ()
) -> tuple[dict[str, Fraction], dict[str, str]]:
    """Return what a quota counts of an object's pods, and where most of each is asked for.

    Args:
        ranges: The LimitRanges of the namespace, which give containers what they do not say.
    """
    asks: dict[str, Fraction] = {}
    fields: dict[str, str] = {}
    largest: dict[str, Fraction] = {}
    for pods in pods_of(manifest):
        for key, amount in pod_asks(pods.spec, ranges).items():
            wanted = pods.count * amount
            asks[key] = asks.get(key, _NOTHING) + wanted
            if wanted > largest.get(key, _NOTHING):
                is_many = bool(pods.count_field) and pods.count > 1
                fields[key] = pods.count_field if is_many else f"{pods.path}.containers"
                largest[key] = wanted
    return asks, fields


def pod_asks(pod: JsonObject, ranges: Sequence[JsonObject] = ()) -> dict[str, Fraction]:
    """Return what a quota counts of one pod."""
    spec = _with_defaults(pod, ranges)
    counted = {"pods": Fraction(1), "count/pods": Fraction(1)}
    for resource, amount in pod_requests(spec).items():
        counted[f"requests.{resource}"] = counted[resource] = amount
    for resource, amount in _limits(spec).items():
        counted[f"limits.{resource}"] = amount
    return counted


def _with_defaults(pod: JsonObject, ranges: Sequence[JsonObject]) -> JsonObject:
    """Return a pod with what LimitRanges give its containers.

    Source: kubernetes/plugin/pkg/admission/limitranger of Kubernetes 1.36. A request that is not
    said is the limit that is said, before that.
    """
    limits: JsonObject = {}
    requests: JsonObject = {}
    for item in ranges:
        for entry in objects_at(item, "spec", "limits"):
            if text_at(entry, "type") == "Container":
                default = mapping_at(entry, "default")
                limits = {**default, **limits}
                requests = {**default, **mapping_at(entry, "defaultRequest"), **requests}
    if not (limits or requests):
        return pod
    filled: JsonObject = {**pod}
    for name in ("initContainers", "containers"):
        containers: list[JsonValue] = []
        for container in objects_at(pod, name):
            said = mapping_at(container, "resources")
            asked = {**mapping_at(said, "limits"), **mapping_at(said, "requests")}
            resources: JsonObject = {
                "limits": {**limits, **mapping_at(said, "limits")},
                "requests": {**requests, **asked},
            }
            containers.append({**container, "resources": resources})
        filled[name] = containers
    return filled


def _limits(pod: JsonObject) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for container in objects_at(pod, "containers"):
        for name, amount in amounts_at(container, "resources", "limits").items():
            found[name] = found.get(name, _NOTHING) + amount
    return found


def _unnamed(manifest: Manifest, hard: Collection[str], quota: str) -> Iterator[Obstacle]:
    """Yield that a container names no amount of what the quota counts: its pods are refused."""
    for pods in pods_of(manifest):
        for index, container in enumerate(objects_at(pods.spec, "containers")):
            if index in pods.places:
                continue  # its runtime may name it
            resources = mapping_at(container, "resources")
            for part in _PARTS:
                named = {**mapping_at(resources, part)}
                if part == "requests":
                    named |= mapping_at(resources, "limits")
                for resource in _ALWAYS_NAMED:
                    key = f"{part}.{resource}"
                    if key in hard and resource not in named:
                        where = text_at(container, "name")
                        message = f'container "{where}" has no {key}, which quota "{quota}" counts'
                        field = pods.resources_of(index, where)
                        yield Obstacle(
                            fit=Fit.NEVER, message=message, field=field, resource=resource
                        )


def _defaults(limit_range: JsonObject) -> Iterator[str]:
    """Yield what a LimitRange gives containers, as quotas name it: ``limits.cpu``."""
    for item in objects_at(limit_range, "spec", "limits"):
        if text_at(item, "type") == "Container":
            yield from (f"limits.{name}" for name in mapping_at(item, "default"))
            given = {**mapping_at(item, "default"), **mapping_at(item, "defaultRequest")}
            yield from (f"requests.{name}" for name in given)


def range_obstacles(manifest: Manifest, limit_range: JsonObject) -> Iterator[Obstacle]:
    """Yield why a LimitRange does not let the pods of an object be made."""
    name = text_at(limit_range, "metadata", "name")
    for item in objects_at(limit_range, "spec", "limits"):
        for pods in pods_of(manifest):
            if text_at(item, "type") == "Container":
                yield from _of_containers(pods, item, name)
            elif text_at(item, "type") == "Pod":
                yield from _of_pod(pods, item, name)


def _of_containers(pods: PodTemplate, item: JsonObject, name: str) -> Iterator[Obstacle]:
    for index, container in enumerate(objects_at(pods.spec, "containers")):
        where = text_at(container, "name")
        field = pods.resources_of(index, where)
        words = f'container "{where}"'
        requests = amounts_at(container, "resources", "requests")
        limits = amounts_at(container, "resources", "limits")
        yield from _outside(item, {**limits, **requests}, limits, (words, name, field))


def _of_pod(pods: PodTemplate, item: JsonObject, name: str) -> Iterator[Obstacle]:
    words = f"a pod of {pods.role}" if pods.role else "a pod"
    where = (words, name, f"{pods.path}.containers")
    yield from _outside(item, pod_requests(pods.spec), _limits(pods.spec), where)


def _outside(
    item: JsonObject,
    requests: Mapping[str, Fraction],
    limits: Mapping[str, Fraction],
    where: tuple[str, str, str],
) -> Iterator[Obstacle]:
    words, name, field = where
    for resource, most in amounts_at(item, "max").items():
        amount = max(limits.get(resource, _NOTHING), requests.get(resource, _NOTHING))
        if amount > most:
            said = f"{words} asks for {resource} {quantity_text(resource, amount)} of at most"
            message = f'{said} {quantity_text(resource, most)} in LimitRange "{name}"'
            yield Obstacle(fit=Fit.NEVER, message=message, field=field, resource=resource)
    for resource, least in amounts_at(item, "min").items():
        wanted = requests.get(resource)
        if wanted is not None and wanted < least:
            said = f"{words} asks for {resource} {quantity_text(resource, wanted)} of at least"
            message = f'{said} {quantity_text(resource, least)} in LimitRange "{name}"'
            yield Obstacle(fit=Fit.NEVER, message=message, field=field, resource=resource)
