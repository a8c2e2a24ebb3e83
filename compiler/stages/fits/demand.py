"""Whether what a plan adds fits into the ResourceQuotas of a namespace, all objects together.

Source: https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from compiler.kinds.kind import Life
from compiler.kinds.pods import pods_of
from compiler.kinds.queues import queue_of
from compiler.kinds.table import kind_of
from compiler.model.fit import Fit, Obstacle
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, mapping_at, objects_at, text_at, value_at
from compiler.stages.fits.limits import asks_of, pod_asks
from compiler.stages.pod_requests import amounts_at
from compiler.stages.quantity import parse_quantity, quantity_text

Amounts: TypeAlias = Mapping[str, Fraction]  # by what quotas count: requests.cpu, count/jobs.batch
ResourceOf: TypeAlias = Callable[[Manifest], str]

_NOTHING = Fraction(0)
# Of these quotas count the objects by their bare names, too.
_OLD_NAMES = {
    "configmaps",
    "persistentvolumeclaims",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What one object of a plan asks of the quotas of its namespace.

    Attributes:
        manifest: As the cluster would have it.
        before: What it uses already, as far as that is known.
        after: What it will use when all its pods are there.
        least: What it needs at once to go on: a Job, whose pods may run in turn, that of one pod.
        fields: Where it asks for each.
        stays: Whether it uses that for as long as it is there.
    """

    manifest: Manifest
    before: Amounts
    after: Amounts
    least: Amounts
    fields: Mapping[str, str]
    stays: bool

    def added(self, key: str) -> Fraction:
        """Return how much more of something it will use than now."""
        return self.after.get(key, _NOTHING) - self.before.get(key, _NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """Something that a quota has not enough of.

    Attributes:
        asker: The object that asks for most of what is added.
        shares: Who asks for how much.
    """

    asker: Manifest
    obstacle: Obstacle
    shares: tuple[str, ...]


def demand_of(
    manifest: Manifest,
    live: JsonObject | None,
    ranges: Sequence[JsonObject],
    resource_of: ResourceOf,
) -> Demand:
    """Return what an object asks of quotas.

    Args:
        manifest: As the cluster would have it.
        live: As the cluster has it, if it does.
        ranges: The LimitRanges of its namespace.
        resource_of: Says how its kind is called in paths.
    """
    resource = resource_of(manifest)
    after, fields = _amounts(manifest, ranges, resource)
    now = Manifest(ref=manifest.ref, body=live or {}, origin=manifest.origin)
    before = _amounts(now, ranges, resource)[0] if live else {}
    is_run = kind_of(manifest.ref).life is Life.RUN
    return Demand(
        manifest=manifest,
        before=before,
        after=after,
        least=_of_largest_pod(manifest, ranges) if _runs_in_turn(manifest) and after else after,
        fields=fields,
        stays=not is_run,
    )


def shortages(quota: JsonObject, demands: Sequence[Demand], freed: Amounts) -> Iterator[Shortage]:
    """Yield what a quota has not enough of for what is added; one with scopes is not judged.

    Args:
        quota: As it will be, with what is used now.
        demands: Of all objects of the app in its namespace.
        freed: What becomes free later, when what has left the app is removed.
    """
    spec = mapping_at(quota, "spec")
    if spec.get("scopes") or spec.get("scopeSelector"):
        return
    name, used = text_at(quota, "metadata", "name"), amounts_at(quota, "status", "used")
    for key, most in amounts_at(quota, "spec", "hard").items():
        adding = [item for item in demands if item.added(key) > 0]
        if adding:
            room = _Room(name, key, most, used.get(key, _NOTHING), freed.get(key, _NOTHING))
            found = _never(room, demands, adding) or _later(room, adding)
            if found:
                yield found


@dataclass(frozen=True, slots=True)
class _Room:
    quota: str
    key: str
    most: Fraction
    used: Fraction
    freed: Fraction

    def text(self, amount: Fraction) -> str:
        return quantity_text(_resource(self.key), amount)


def _never(room: _Room, demands: Sequence[Demand], adding: Sequence[Demand]) -> Shortage | None:
    """Return that something is more than a quota ever gives: what stands, or one run."""
    key = room.key
    staying = [item for item in demands if item.stays and item.after.get(key)]
    together = sum((item.after[key] for item in staying), _NOTHING)
    if together > room.most and any(item.stays for item in adding):
        words = f"{key} {room.text(together)} of at most {room.text(room.most)}"
        message = f'what is to stand there asks for {words} in quota "{room.quota}"'
        asker = max((item for item in adding if item.stays), key=lambda item: item.added(key))
        return _shortage(room, Fit.NEVER, message, asker, staying)
    for item in adding:
        wanted = item.least.get(key, _NOTHING)
        if not item.stays and wanted > room.most:
            whose = "one of its pods asks" if _runs_in_turn(item.manifest) else "it asks"
            words = f"{key} {room.text(wanted)} of at most {room.text(room.most)}"
            message = f'{whose} for {words} in quota "{room.quota}"'
            return _shortage(room, Fit.NEVER, message, item, [item])
    return None


def _later(room: _Room, adding: Sequence[Demand]) -> Shortage | None:
    """Return that something finds no room now."""
    key = room.key
    added = sum((item.added(key) for item in adding), _NOTHING)
    left = max(room.most - room.used, _NOTHING)
    if added <= left:
        return None
    message = f'quota "{room.quota}" has {key} {room.text(left)} left of {room.text(room.most)}'
    is_object = key in _OLD_NAMES or (key.startswith("count/") and key != "count/pods")
    fate = "is refused" if is_object else "waits"
    message += f", and the plan adds {room.text(added)}: what finds no room {fate}"
    asker = max(adding, key=lambda item: item.added(key))
    return _shortage(room, Fit.LATER, message, asker, adding)


def _shortage(
    room: _Room, fit: Fit, message: str, asker: Demand, sharing: Sequence[Demand]
) -> Shortage:
    key = room.key
    shares = [
        f"{item.manifest.ref}: {room.text(item.after.get(key, _NOTHING))}" for item in sharing
    ]
    if room.freed:
        shares.append(f"{room.text(room.freed)} is free when what has left the app is gone")
    resource = _resource(key)
    field = asker.fields.get(key, "")
    obstacle = Obstacle(fit=fit, message=message, field=field, resource=resource)
    return Shortage(asker=asker.manifest, obstacle=obstacle, shares=tuple(shares))


def _resource(key: str) -> str:
    """Return what an entry of a quota is about: ``cpu`` of ``requests.cpu``."""
    if key.endswith("requests.storage"):
        return "storage"
    head, dot, rest = key.partition(".")
    return rest if dot and head in {"requests", "limits"} else key


def _amounts(
    manifest: Manifest, ranges: Sequence[JsonObject], resource: str
) -> tuple[dict[str, Fraction], dict[str, str]]:
    """Return what quotas count of an object, and where it asks for that."""
    amounts: dict[str, Fraction] = {}
    fields: dict[str, str] = {}
    if _makes_pods(manifest):
        amounts, fields = asks_of(manifest, ranges)
    for key, amount, field in (*_of_object(manifest, resource), *_of_claims(manifest)):
        amounts[key] = amounts.get(key, _NOTHING) + amount
        fields.setdefault(key, field)
    return {key: amount for key, amount in amounts.items() if amount}, fields


def _makes_pods(manifest: Manifest) -> bool:
    """Return whether an object makes pods of its own accord: no queue holds it, nor a schedule."""
    kind = kind_of(manifest.ref)
    is_held = kind.suspend and value_at(manifest.body, *kind.suspend.split(".")) is True
    is_timed = (manifest.ref.group, manifest.ref.kind) == ("batch", "CronJob")
    return not (is_held or is_timed or queue_of(manifest.body))


def _runs_in_turn(manifest: Manifest) -> bool:
    return (manifest.ref.group, manifest.ref.kind) == ("batch", "Job")


def _of_largest_pod(manifest: Manifest, ranges: Sequence[JsonObject]) -> dict[str, Fraction]:
    least: dict[str, Fraction] = {}
    for pods in pods_of(manifest) if _makes_pods(manifest) else ():
        for key, amount in pod_asks(pods.spec, ranges).items():
            least[key] = max(least.get(key, _NOTHING), amount)
    return least


def _of_object(manifest: Manifest, resource: str) -> Iterator[tuple[str, Fraction, str]]:
    ref, one = manifest.ref, Fraction(1)
    if not resource or ref.kind == "Pod":  # pods are counted as those of others
        return
    yield f"count/{resource}{'.' if ref.group else ''}{ref.group}", one, ""
    if not ref.group and resource in _OLD_NAMES:
        yield resource, one, ""
    if (ref.group, ref.kind) == ("", "Service"):
        if text_at(manifest.body, "spec", "type") == "LoadBalancer":
            yield "services.loadbalancers", one, "spec.type"
    elif (ref.group, ref.kind) == ("", "PersistentVolumeClaim"):
        yield from _of_storage(mapping_at(manifest.body, "spec"), one, "spec")


def _of_claims(manifest: Manifest) -> Iterator[tuple[str, Fraction, str]]:
    """Yield what the claims of a StatefulSet's pods use."""
    count = sum(pods.count for pods in pods_of(manifest))
    for index, claim in enumerate(objects_at(manifest.body, "spec", "volumeClaimTemplates")):
        if not count:
            return
        yield "persistentvolumeclaims", Fraction(count), "spec.replicas"
        yield "count/persistentvolumeclaims", Fraction(count), "spec.replicas"
        field = f"spec.volumeClaimTemplates[{index}].spec"
        yield from _of_storage(mapping_at(claim, "spec"), Fraction(count), field)


def _of_storage(
    spec: JsonObject, count: Fraction, field: str
) -> Iterator[tuple[str, Fraction, str]]:
    of_class = text_at(spec, "storageClassName")
    prefix = f"{of_class}.storageclass.storage.k8s.io/" if of_class else ""
    storage = parse_quantity(mapping_at(spec, "resources", "requests").get("storage"))
    if storage:
        for key in {"requests.storage", f"{prefix}requests.storage"}:
            yield key, count * storage, f"{field}.resources.requests.storage"
    if prefix:
        yield f"{prefix}persistentvolumeclaims", count, f"{field}.storageClassName"


def together(all_amounts: Iterable[Amounts]) -> dict[str, Fraction]:
    """Return the sums of some amounts."""
    found: dict[str, Fraction] = {}
    for amounts in all_amounts:
        for key, amount in amounts.items():
            found[key] = found.get(key, _NOTHING) + amount
    return found
