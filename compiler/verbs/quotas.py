"""Says whether what a plan adds fits into the quotas of its namespaces, before it is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from compiler.errors import AppError
from compiler.executor.port import ApiError, ClusterPort
from compiler.executor.refusal import is_without_right
from compiler.model.change import Action, Comparison, ObjectChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding, Severity
from compiler.model.fit import Fit
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, mapping_at, text_at
from compiler.stages.fits.demand import Demand, Shortage, demand_of, shortages, together
from compiler.verbs.causes import Causes

_WRITTEN = {Action.CREATE, Action.UPDATE, Action.ADOPT, Action.REPLACE}
_QUOTA = "ResourceQuota"
_RANGE = "LimitRange"


def check_quotas(
    compiled: CompiledEnvironment,
    comparison: Comparison,
    cluster: ClusterPort,
    causes: Causes | None = None,
) -> tuple[Finding, ...]:
    """Check that what a plan adds can ever be there; return what finds no room yet, or is not seen.

    Quotas are listed once a namespace, and only where something is added that they may count.

    Args:
        causes: Leads what asks for too much to the parameters behind it, where there are any.

    Raises:
        AppError: Something is more than a quota ever gives; everything that is so is named.
    """
    seen = _Seen(comparison, cluster)
    spaces = sorted({item.manifest.ref.namespace for item in comparison.changes} - {""})
    found = [
        _finding(compiled, shortage, space, causes)
        for space in spaces
        for shortage in seen.shortages(space)
    ]
    if never := [item for item in found if item.is_error]:
        raise AppError(*never, *(item for item in found if not item.is_error))
    return (*found, *seen.unseen)


@dataclass(frozen=True, slots=True)
class _Limits:
    quotas: Sequence[JsonObject]
    ranges: Sequence[JsonObject]


class _Seen:
    """What quotas there are, and what the objects of a comparison ask of them."""

    def __init__(self, comparison: Comparison, cluster: ClusterPort) -> None:
        self._changes, self._cluster = comparison.changes, cluster
        self.unseen: list[Finding] = []

    def shortages(self, namespace: str) -> Iterator[Shortage]:
        here = [item for item in self._changes if item.manifest.ref.namespace == namespace]
        ours = [item for item in here if not (item.has_left or item.has_ended)]
        if not any(self._adds(item) for item in ours):
            return
        limits = self._limits(namespace)
        if not limits.quotas:
            return
        demands = [self._demand(item, limits.ranges) for item in ours]
        leaving = [item for item in here if item.action is Action.DELETE]
        freed = together(self._demand(item, limits.ranges).before for item in leaving)
        for quota in limits.quotas:
            yield from shortages(quota, demands, freed)

    def _adds(self, change: ObjectChange) -> bool:
        """Return whether a change adds anything that a quota may count."""
        if change.action not in _WRITTEN:
            return False
        demand = self._demand(change, ())
        return any(demand.added(key) > 0 for key in demand.after)

    def _demand(self, change: ObjectChange, ranges: Sequence[JsonObject]) -> Demand:
        manifest = replace(change.manifest, body=change.after)
        return demand_of(manifest, change.before, ranges, self._resource)

    def _resource(self, manifest: Manifest) -> str:
        return self._cluster.resource_of(manifest.api_version, manifest.ref.kind)

    def _limits(self, namespace: str) -> _Limits:
        """Return the quotas and LimitRanges of a namespace as they will be."""
        quotas = self._as_applied(_QUOTA, namespace)
        return _Limits(quotas, self._as_applied(_RANGE, namespace) if quotas else [])

    def _as_applied(self, kind: str, namespace: str) -> list[JsonObject]:
        live = {text_at(item, "metadata", "name"): item for item in self._listed(kind, namespace)}
        for change in self._changes:
            ref = change.manifest.ref
            is_meant = (ref.group, ref.kind, ref.namespace) == ("", kind, namespace)
            if is_meant and not change.has_left:
                status = mapping_at(live.get(ref.name), "status")
                live[ref.name] = {**change.after, "status": status}
        return [live[name] for name in sorted(live)]

    def _listed(self, kind: str, namespace: str) -> list[JsonObject]:
        if any(
            (item.manifest.ref.kind, item.manifest.ref.name) == ("Namespace", namespace)
            and item.action is Action.CREATE
            for item in self._changes
        ):
            return []  # there is none yet
        try:
            return self._cluster.list_objects("v1", kind, namespace)
        except ApiError as error:
            if not is_without_right(error):
                raise
            self.unseen.append(_unseen(kind, namespace, error))
            return []


def _finding(
    compiled: CompiledEnvironment, shortage: Shortage, namespace: str, causes: Causes | None
) -> Finding:
    asker, obstacle = shortage.asker, shortage.obstacle
    cause = (
        causes.behind(asker, obstacle.field, obstacle.is_asked_at)
        if causes and obstacle.field
        else None
    )
    is_never = obstacle.fit is Fit.NEVER
    asked = [f"asked for by {cause.parameter} = {cause.value}"] if cause else [asker.origin.note]
    return Finding(
        rule="quota-never" if is_never else "quota-later",
        severity=Severity.ERROR if is_never else Severity.WARNING,
        message=f"{asker.ref.qualified}: {obstacle.message}",
        environment=compiled.environment.name,
        component=asker.origin.component,
        object=str(asker.ref),
        field=obstacle.field,
        span=cause.span if cause else asker.origin.span,
        notes=(*shortage.shares, *asked),
        hint=f"ask for less, or for more quota; see: kubectl describe quota -n {namespace}",
    )


def _unseen(kind: str, namespace: str, error: ApiError) -> Finding:
    resource = f"{kind.lower()}s"
    return Finding(
        rule="quota-unseen",
        severity=Severity.NOTE,
        message=f'the {resource} of namespace "{namespace}" cannot be seen, so whether there is'
        " room is found out on the way",
        notes=(error.message,),
        hint="ask for the right to list resourcequotas and limitranges; roles that give it:"
        " kuplet env rbac",
    )
