"""Says whether the pods of an environment would find a place, before anything is submitted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from compiler.executor.capacity import Capacity, capacity_of
from compiler.formats.format import AnyApp
from compiler.formats.options import CompileOptions
from compiler.kinds.pods import pods_of
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding, Severity
from compiler.model.fit import Cause, Fit, Obstacle, Placement
from compiler.model.json import JsonObject, same
from compiler.model.manifest import Manifest, text_at
from compiler.model.parameter import Parameter
from compiler.model.ref import ParameterRef
from compiler.stages.fits.limits import quota_obstacles, range_obstacles
from compiler.stages.fits.nodes import node_obstacles
from compiler.stages.flow import flow_text
from compiler.stages.pod_requests import pod_requests
from compiler.stages.reach import reached, values_below
from compiler.verbs.destination import Target
from compiler.verbs.probe import objects_otherwise

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
    app: AnyApp, compiled: CompiledEnvironment, target: Target, options: CompileOptions
) -> Fitting:
    """Return whether the pods of what is selected find a place in a cluster; nothing is written.

    Args:
        target: The cluster whose nodes, quotas and limits count.
        options: What the environment was compiled with.
    """
    makers = [item for item in compiled.selected if pods_of(item)]
    namespaces = {item.ref.namespace for item in makers}
    capacity = _with_own(capacity_of(target.cluster, namespaces), compiled)
    causes = _Causes(app, compiled, options)
    placements = tuple(_placement(item, capacity, causes) for item in makers)
    findings = [item for placement in placements for item in _findings(compiled, placement)]
    return Fitting(placements=placements, findings=(*findings, *capacity.unseen))


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


def _placement(manifest: Manifest, capacity: Capacity, causes: "_Causes") -> Placement:
    asks: dict[str, Fraction] = {}
    count = 0
    for pods in pods_of(manifest):
        count += pods.count
        for name, amount in pod_requests(pods.spec).items():
            asks[name] = asks.get(name, Fraction(0)) + pods.count * amount
    order = list(Fit)
    obstacles = sorted(
        dict.fromkeys(_obstacles(manifest, capacity)), key=lambda item: -order.index(item.fit)
    )
    found = {item: causes.behind(manifest, item) for item in obstacles if item.field}
    return Placement(
        ref=manifest.ref,
        component=manifest.origin.component,
        pods=count,
        asks=asks,
        obstacles=tuple(obstacles),
        causes={item: cause for item, cause in found.items() if cause},
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


def _findings(compiled: CompiledEnvironment, placement: Placement) -> Iterator[Finding]:
    for item in placement.obstacles:
        cause = placement.causes.get(item)
        asked = f"asked for by {cause.parameter} = {cause.value}" if cause else ""
        yield Finding(
            rule=_RULES[item.fit],
            severity=_SEVERITIES[item.fit],
            message=f"{placement.ref}: {item.message}",
            environment=compiled.environment.name,
            component=placement.component,
            object=str(placement.ref),
            field=item.field,
            span=cause.span if cause else None,
            notes=(asked,) if asked else (),
        )


class _Causes:
    """Finds the parameters behind fields, by compiling with other values."""

    def __init__(self, app: AnyApp, compiled: CompiledEnvironment, options: CompileOptions) -> None:
        self._app = app
        self._compiled = compiled
        self._options = options
        self._reached: dict[ParameterRef, list[tuple[str, str]]] = {}

    def behind(self, manifest: Manifest, obstacle: Obstacle) -> Cause | None:
        """Return the parameter that asks for too much, if there is one.

        Those are tried first whose value stands there.
        """
        own = [
            (ParameterRef(component.name, parameter.name), parameter)
            for component in self._compiled.environment.components
            if component.name == manifest.origin.component
            for parameter in component.parameters.values()
        ]
        asked = list(values_below(manifest.body, obstacle.field))
        first = sorted(own, key=lambda item: not any(same(item[1].value, leaf) for leaf in asked))
        for ref, parameter in first:
            if any(
                place == str(manifest.ref) and obstacle.is_asked_at(path)
                for place, path in self._reach(ref, parameter)
            ):
                span = parameter.winner.span
                return Cause(parameter=ref, value=flow_text(parameter.value), span=span)
        return None

    def _reach(self, ref: ParameterRef, parameter: Parameter) -> list[tuple[str, str]]:
        if ref not in self._reached:
            name = self._compiled.environment.name
            after = objects_otherwise(self._app, name, ref, parameter, self._options)
            found = reached(self._compiled.manifests, after) if after else []
            self._reached[ref] = [
                (str(item.manifest.ref), change.path) for item in found for change in item.fields
            ]
        return self._reached[ref]
