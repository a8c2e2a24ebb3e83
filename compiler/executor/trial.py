"""Lets the server judge the pods that objects would make; nothing is written.

LimitRanges, the levels of Pod Security, and most policies and webhooks are about pods. The object
that makes pods passes them, and its controller is refused later.
"""

import re
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from compiler.executor.compare import CONCURRENCY
from compiler.executor.policies import with_policy_fields
from compiler.executor.port import UNPROCESSABLE, ApiError, ClusterPort
from compiler.executor.refusal import UNSAID, is_without_right, refused
from compiler.kinds.kind import Life
from compiler.kinds.pod_template import PodTemplate
from compiler.kinds.pods import pods_of
from compiler.kinds.references import all_references_of
from compiler.kinds.table import kind_of
from compiler.model.change import Action, Comparison, ObjectChange, Refusal, RefusedPart
from compiler.model.fit import Obstacle
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, ObjectRef, mapping_at, objects_at, text_at
from compiler.stages.diff import value_below
from compiler.stages.fits.limits import range_obstacles

POD = "kuplet-trial"  # the name of a pod that is tried
_ADMITTED_BY = ("serviceAccountName", "priorityClassName", "runtimeClassName")
_RESTART_POLICIES = {"Always", "Never", "OnFailure"}
# How much a quota has left is another question: it counts what the object has already, too.
_FULL = "exceeded quota: "
_NO_DRY_RUN = "does not support dry run"
_PREFIX = re.compile(rf'pods "{POD}" is forbidden: ')
_OF_RANGE = re.compile(r"(maximum|minimum) \S+ usage per (Container|Pod) is")
_UNSAID = re.compile(r"must specify \S+ for: ([\w,-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the server said of the pods of one object.

    Attributes:
        untried: Why it could not be asked; empty when it was.
    """

    refusals: tuple[Refusal, ...] = ()
    untried: str = ""


def tried_pods(cluster: ClusterPort, comparison: Comparison) -> list[tuple[Manifest, Trial]]:
    """Return what the server says of the pods that objects would make, also of those it refuses."""
    changes = comparison.changes
    coming = {item.manifest.ref for item in changes if item.action is Action.CREATE}
    makers = [
        *(item.manifest for item in changes if _makes_pods(item)),
        *(item.manifest for item in comparison.refusals if item.manifest.ref.kind != "Pod"),
    ]
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        trials = pool.map(lambda item: _tried(cluster, item, coming), makers)
        return [*zip(makers, trials, strict=True)]


def _makes_pods(change: ObjectChange) -> bool:
    if change.has_left or change.has_ended or change.is_unchecked:
        return False
    ref = change.manifest.ref
    is_settled = change.action is Action.KEEP and kind_of(ref).life is Life.RUN
    return ref.kind != "Pod" and not is_settled


def _tried(cluster: ClusterPort, manifest: Manifest, coming: Collection[ObjectRef]) -> Trial:
    refusals: list[Refusal] = []
    for pods in pods_of(manifest):
        if not pods.count or not _is_whole(pods):
            continue
        if missing := [ref for ref in _needs_of(manifest, pods) if ref in coming]:
            return Trial(untried=f"{missing[0]} is not there yet")
        try:
            cluster.apply(_pod(manifest, pods), dry_run=True)
        except ApiError as failure:
            if untried := _untried(failure, manifest):
                return Trial(untried=untried)
            if _FULL not in failure.message:
                refusals.append(_refusal(cluster, failure, manifest, pods))
    return Trial(refusals=tuple(refusals))


def _untried(failure: ApiError, manifest: Manifest) -> str:
    """Return why an answer says nothing about pods; empty if it does."""
    if is_without_right(failure):
        return "this account may not create pods"
    if _NO_DRY_RUN in failure.message:
        return failure.message
    is_exact = kind_of(manifest.ref).is_exact
    if failure.code == UNPROCESSABLE and not is_exact and any(map(_field, failure.causes)):
        return "its controller makes more of them than the app says"
    return ""


def _field(cause: object) -> str:
    return getattr(cause, "field", "")


def _is_whole(pods: PodTemplate) -> bool:
    """Return whether pods can be made of a template: its runtime may have a part of them."""
    containers = objects_at(pods.spec, "containers")
    return not pods.places and bool(containers) and all("image" in item for item in containers)


def _needs_of(manifest: Manifest, pods: PodTemplate) -> Iterator[ObjectRef]:
    """Yield what must be there before the server takes a pod."""
    fields = {f"{pods.path}.{name}" for name in _ADMITTED_BY}
    yield from (item.needed for item in all_references_of(manifest) if item.field in fields)


def _pod(manifest: Manifest, pods: PodTemplate) -> JsonObject:
    template = pods.path.removesuffix(".spec")
    metadata = value_below(manifest.body, f"{template}.metadata")
    kept = {key: mapping_at(metadata, key) for key in ("labels", "annotations")}
    place: JsonObject = {"name": POD, "namespace": manifest.ref.namespace}
    spec = {**pods.spec}
    if text_at(spec, "restartPolicy") not in _RESTART_POLICIES:
        spec.pop("restartPolicy", None)
    claims: list[JsonValue] = [
        {
            "name": text_at(item, "metadata", "name"),
            "persistentVolumeClaim": {"claimName": f"{text_at(item, 'metadata', 'name')}-{POD}"},
        }
        for item in objects_at(manifest.body, "spec", "volumeClaimTemplates")
    ]
    if claims:
        spec["volumes"] = [*objects_at(spec, "volumes"), *claims]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**place, **{key: value for key, value in kept.items() if value}},
        "spec": spec,
    }


def _refusal(
    cluster: ClusterPort, failure: ApiError, manifest: Manifest, pods: PodTemplate
) -> Refusal:
    """Return a refused pod as a refusal of the object that would make it."""
    ref = ObjectRef("", "Pod", manifest.ref.namespace, POD)
    pod = Manifest(ref=ref, body=_pod(manifest, pods), origin=manifest.origin)
    found = with_policy_fields(cluster, refused(failure, pod))
    words = _PREFIX.sub("", found.finding.message.removeprefix(f"{ref.qualified}: "))
    parts = tuple(
        replace(part, paths=tuple(_path_in_object(pods, path) for path in part.paths))
        for part in found.parts
    )
    if not parts and (limits := (*_parts_of_limits(cluster, failure.message, manifest, pods),)):
        parts, words = limits, UNSAID
    message = f"{manifest.ref.qualified}: its pods: {words}"
    return Refusal(
        manifest=manifest,
        finding=replace(found.finding, message=message, object=str(manifest.ref)),
        parts=parts,
        is_external=found.is_external,
    )


def _path_in_object(pods: PodTemplate, path: str) -> str:
    head, rest = path[: len("spec")], path[len("spec") :]
    return f"{pods.path}{rest}" if head == "spec" else f"{pods.path.removesuffix('.spec')}.{path}"


def _parts_of_limits(
    cluster: ClusterPort, message: str, manifest: Manifest, pods: PodTemplate
) -> Iterator[RefusedPart]:
    """Yield the fields that a LimitRange or a quota speaks of: the server names none."""
    words = _PREFIX.sub("", message)
    if found := _UNSAID.search(message):
        names = found[1].split(",")
        yield RefusedPart(
            message=words,
            paths=tuple(f"{pods.path}.containers[{name}].resources" for name in names),
        )
    elif _OF_RANGE.search(message):
        for item in cluster.list_objects("v1", "LimitRange", manifest.ref.namespace):
            for obstacle in range_obstacles(manifest, item):
                if obstacle.field.startswith(pods.path):
                    yield RefusedPart(message=obstacle.message, paths=(*_asking(pods, obstacle),))


def _asking(pods: PodTemplate, obstacle: Obstacle) -> Iterator[str]:
    fields = [obstacle.field]
    if obstacle.field == f"{pods.path}.containers":
        names = [text_at(item, "name") for item in objects_at(pods.spec, "containers")]
        fields = [f"{obstacle.field}[{name}].resources" for name in names]
    for field in fields:
        for part in ("limits", "requests"):
            yield f"{field}.{part}.{obstacle.resource}"
