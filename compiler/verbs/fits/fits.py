"""Says whether the pods of an environment would find a place, before anything is submitted."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from compiler.executor.capacity import Capacity, capacity_of
from compiler.formats.format import AnyApp
from compiler.formats.options import CompileOptions
from compiler.kinds.pods import pods_of
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding, Severity
from compiler.model.fit import Fit, Obstacle, Placement
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, text_at
from compiler.stages.fits.limits import quota_obstacles, range_obstacles
from compiler.stages.fits.nodes import node_obstacles
from compiler.stages.pod_requests import pod_requests
from compiler.verbs.causes import Causes
from compiler.verbs.destination import Target
from compiler.verbs.fits.queues import queue_obstacles

_RULES = {Fit.NEVER: "fits-never", Fit.LATER: "fits-later"}
_SEVERITIES = {Fit.NEVER: Severity.ERROR, Fit.LATER: Severity.WARNING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """What was found of an environment.

    Attributes:
        placements: One for each object that makes pods, in dependency order.
        findings: What stands in the way, with the parameter that asks for it, and what could not
            be seen.
    """

    placements: tuple[Placement, ...]
    findings: tuple[Finding, ...]


def fitting_of(
    app: AnyApp,
    compiled: CompiledEnvironment,
    target: Target,
    options: CompileOptions,
    open_sandbox: Callable[[], Target],
) -> Fitting:
    """Return whether the pods of what is selected find a place in a cluster; nothing is submitted.

    Args:
        target: The cluster whose nodes, quotas, limits and queues count.
        options: What the environment was compiled with.
        open_sandbox: Opens the sandbox with Kueue in it, which is asked about jobs in queues.
    """
    makers = [item for item in compiled.selected if pods_of(item)]
    namespaces = {item.ref.namespace for item in makers}
    capacity = _with_own(capacity_of(target.cluster, namespaces), compiled)
    causes = Causes(app, compiled, options)
    queued = queue_obstacles(compiled, makers, target.cluster, open_sandbox)
    placements = tuple(
        _placement(
            item,
            [*_obstacles(item, capacity), *queued.obstacles.get(item.ref, ())],
            causes,
            is_seen=not capacity.unseen and item.ref not in queued.unknown,
        )
        for item in makers
    )
    findings = [
        each
        for item, placement in zip(makers, placements, strict=True)
        for each in _findings(compiled, item, placement)
    ]
    return Fitting(placements=placements, findings=(*findings, *capacity.unseen, *queued.unseen))


def _with_own(capacity: Capacity, compiled: CompiledEnvironment) -> Capacity:
    """Add the quotas and limits that the environment itself brings; those of the cluster go."""
    return replace(
        capacity,
        quotas=_merged(capacity.quotas, compiled, "ResourceQuota"),
        ranges=_merged(capacity.ranges, compiled, "LimitRange"),
    )


def _merged(
    live: Mapping[str, Sequence[JsonObject]], compiled: CompiledEnvironment, kind: str
) -> dict[str, Sequence[JsonObject]]:
    own = [item for item in compiled.manifests if (item.ref.group, item.ref.kind) == ("", kind)]
    names = {(item.ref.namespace, item.ref.name) for item in own}
    return {
        namespace: [
            *(
                item
                for item in found
                if (namespace, text_at(item, "metadata", "name")) not in names
            ),
            *(item.body for item in own if item.ref.namespace == namespace),
        ]
        for namespace, found in live.items()
    }


def _name(live: JsonObject) -> str:
    return text_at(live, "metadata", "name")


def _placement(
    manifest: Manifest, found: Iterable[Obstacle], causes: Causes, *, is_seen: bool
) -> Placement:
    asks: dict[str, Fraction] = {}
    count = 0
    for pods in pods_of(manifest):
        count += pods.count
        for name, amount in pod_requests(pods.spec).items():
            asks[name] = asks.get(name, Fraction(0)) + pods.count * amount
    order = list(Fit)
    obstacles = sorted(dict.fromkeys(found), key=lambda item: -order.index(item.fit))
    behind = {
        item: causes.behind(manifest, item.field, item.is_asked_at)
        for item in obstacles
        if item.field
    }
    return Placement(
        ref=manifest.ref,
        component=manifest.origin.component,
        pods=count,
        asks=asks,
        obstacles=tuple(obstacles),
        causes={item: cause for item, cause in behind.items() if cause},
        is_seen=is_seen,
    )


def _obstacles(manifest: Manifest, capacity: Capacity) -> Iterator[Obstacle]:
    namespace = manifest.ref.namespace
    ranges = capacity.ranges[namespace]
    if capacity.nodes is not None:
        yield from node_obstacles(manifest, capacity.nodes)
    for quota in capacity.quotas[namespace]:
        yield from quota_obstacles(manifest, quota, ranges)
    for item in ranges:
        yield from range_obstacles(manifest, item)


def _findings(
    compiled: CompiledEnvironment, manifest: Manifest, placement: Placement
) -> Iterator[Finding]:
    for item in placement.obstacles:
        cause = placement.causes.get(item)
        asked = f"asked for by {cause.parameter} = {cause.value}" if cause else manifest.origin.note
        yield Finding(
            rule=_RULES[item.fit],
            severity=_SEVERITIES[item.fit],
            message=f"{placement.ref}: {item.message}",
            environment=compiled.environment.name,
            component=placement.component,
            object=str(placement.ref),
            field=item.field,
            span=cause.span if cause else manifest.origin.span,
            notes=(asked,),
            hint=item.hint,
        )
