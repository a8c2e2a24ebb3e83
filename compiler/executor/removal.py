"""Finds out what may be removed: of what a delete names, and of what has left the app."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from compiler.executor.compare import CONCURRENCY
from compiler.executor.live_objects import LiveObjects
from compiler.executor.namespaces import namespaces_of
from compiler.executor.port import ApiError, ClusterPort
from compiler.kinds.definitions import is_crd
from compiler.kinds.kind import Life
from compiler.kinds.own_rules import rules_of
from compiler.kinds.readiness import readiness_of
from compiler.kinds.table import KINDS, kind_of, kind_of_live
from compiler.model.app import Dialect, Environment, Goal
from compiler.model.change import Action, Comparison, ObjectChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, mapping_at, objects_at, text_at
from compiler.model.owner import Owner, applyset_of, is_of_ksonnet
from compiler.stages.diff import by_ref, removed
from compiler.stages.leaving import PRUNE, asked_to_stay, holds_data

MAX_NAMED = 3
_REGRETTED = {(kind.regretted_as, kind.kind) for kind in KINDS.values() if kind.regretted_as}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """What an apply may remove because the app has it no longer.

    Attributes:
        is_wanted: Whether it may remove anything.
        with_data: Whether volumes, namespaces and definitions whose objects exist, too.
        is_confirmed: Whether what asks to be confirmed, and any number of objects.
    """

    is_wanted: bool = True
    with_data: bool = False
    is_confirmed: bool = False


def compare_removal(
    compiled: CompiledEnvironment, cluster: ClusterPort, left: Sequence[Manifest] = ()
) -> Comparison:
    """Return what deleting what is selected would do to what exists, dependents first.

    Args:
        left: What the app has no longer, and is to go with it.
    """
    look = _Look(compiled.environment, cluster, [*left, *compiled.selected])
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        gone = list(pool.map(look.at_left, reversed(left)))
        found = list(pool.map(look.at, reversed(compiled.selected)))
    return Comparison(changes=tuple(change for change in (*gone, *found) if change))


def compare_left(
    compiled: CompiledEnvironment, cluster: ClusterPort, left: Sequence[Manifest], pruning: Pruning
) -> tuple[ObjectChange, ...]:
    """Return what becomes of objects that have left the app, dependents first.

    What exists no longer is left out. Of earlier runs that are complete the last ones stay.
    """
    look = _Look(compiled.environment, cluster, left, pruning)
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        found = [change for change in pool.map(look.at_left, reversed(left)) if change]
    current = {by_ref(item) for item in compiled.manifests}
    runs: dict[tuple[str, ...], list[ObjectChange]] = {}
    for change in found:
        key = by_ref(replace(change.manifest, body=change.live))
        if change.action is Action.DELETE and key in current and look.is_complete(change):
            runs.setdefault(key, []).append(change)
    kept = {
        change.manifest.ref
        for earlier in runs.values()
        for change in sorted(earlier, key=_born, reverse=True)[: compiled.environment.keep_runs]
    }
    return tuple(_as_history(item) if item.manifest.ref in kept else item for item in found)


def _born(change: ObjectChange) -> str:
    return text_at(change.live, "metadata", "creationTimestamp")


def _as_history(change: ObjectChange) -> ObjectChange:
    return replace(
        change, action=Action.KEEP, after=change.before or {}, note="a run that is complete"
    )


class _Look:
    """Looks at one object after the other.

    Args:
        manifests: All that will be looked at.
        pruning: What may go that has left the app; ``None`` where all of it shall.
    """

    def __init__(
        self,
        environment: Environment,
        cluster: ClusterPort,
        manifests: Sequence[Manifest],
        pruning: Pruning | None = None,
    ) -> None:
        self._owner = environment.owner
        self._applyset = environment.owner.applyset(environment.namespace)
        self._is_ksonnet = environment.dialect is Dialect.KSONNET
        self._cluster = cluster
        namespaces = namespaces_of(cluster, manifests)
        self._live = LiveObjects(cluster, environment, manifests, namespaces)
        self._pruning = pruning
        self._rules = rules_of(environment.readiness)

    def at(self, manifest: Manifest) -> ObjectChange | None:
        """Return what would happen to an object of the app; nothing where there is none."""
        live = self._live.read(manifest)
        if live is None:
            return None
        reason = self._foreign(live, manifest) or asked_to_stay(live) or self._used(manifest, live)
        return removed(manifest, live, reason)

    def at_left(self, manifest: Manifest) -> ObjectChange | None:
        """Return what would happen to an object that has left the app."""
        try:
            live = self._live.read(manifest)
        except ApiError as failure:
            change = removed(manifest, {}, f"it cannot be looked at: {failure.message}")
            return replace(change, has_left=True)
        if live is None:
            return None
        whole = replace(manifest, body=live)  # what it holds, the record does not say
        reason = self._foreign(live, manifest) or asked_to_stay(live)
        reason = reason or self._guarded(whole) or self._used(whole, live)
        return replace(removed(manifest, live, reason), has_left=True)

    def is_complete(self, change: ObjectChange) -> bool:
        """Return whether an object is a run that has succeeded."""
        if kind_of(change.manifest.ref).life is not Life.RUN:
            return False
        return readiness_of(change.live, self._cluster, self._rules).reached is Goal.COMPLETED

    def _foreign(self, live: JsonObject, manifest: Manifest) -> str:
        """Return who owns a live object, if it is not this environment."""
        member_of, has_owner = applyset_of(live), Owner.of(live) is not None
        if member_of not in ("", self._applyset):
            others = self._others(live) if has_owner else ""
            return others or f"it belongs to the ApplySet {member_of}"
        is_of_ksonnet_app = self._is_ksonnet and is_of_ksonnet(live, manifest.origin.component)
        if is_of_ksonnet_app or (member_of and not has_owner):
            return ""
        return self._others(live)

    def _others(self, live: JsonObject) -> str:
        owner = Owner.of(live)
        if owner == self._owner:
            return ""
        return f"it belongs to {owner}" if owner else "kuplet did not make it"

    def _guarded(self, manifest: Manifest) -> str:
        """Return what stands against pruning an object of our own."""
        if self._pruning is None:
            return ""
        if not self._pruning.is_wanted:
            return "nothing is removed with --no-prune"
        if owners := objects_at(manifest.body, "metadata", "ownerReferences"):
            return f"{text_at(owners[0], 'kind')}/{text_at(owners[0], 'name')} owns it"
        if holds_data(manifest) and not self._pruning.with_data:
            return "it holds data, which goes only with --prune-data"
        if is_crd(manifest) and not self._pruning.with_data and self._of_defined_kind(manifest):
            return "objects of its kind exist, which go only with --prune-data"
        if manifest.annotations.get(PRUNE) == "confirm" and not self._pruning.is_confirmed:
            return "it wants to be confirmed, with --yes-prune"
        return ""

    def _used(self, manifest: Manifest, live: JsonObject) -> str:
        """Return what of others would be deleted together with an object.

        A Namespace takes all that lives in it along, a definition all objects of its kind.
        """
        if text_at(live, "metadata", "deletionTimestamp"):
            return ""
        try:
            if manifest.ref.kind == "Namespace":
                held = self._held_by_namespace(manifest.ref.name)
            elif is_crd(manifest):
                held = self._of_defined_kind(manifest)
            else:
                return ""
        except ApiError as failure:
            return f"whether others have objects there cannot be seen: {failure.message}"
        others = [item for item in held if self._others(item)]
        names = [f"{text_at(item, 'kind')}/{text_at(item, 'metadata', 'name')}" for item in others]
        more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
        return f"{', '.join(names[:MAX_NAMED])}{more} would go with it" if names else ""

    def _held_by_namespace(self, name: str) -> list[JsonObject]:
        """Return what lives in a namespace, but for what Kubernetes or a controller put there."""
        found = [
            item
            for version, kind in sorted({*_REGRETTED, *self._custom_kinds()})
            for item in self._cluster.list_objects(version, kind, name)
        ]
        return [
            item
            for item in found
            if not mapping_at(item, "metadata").get("ownerReferences")
            and text_at(item, "metadata", "name") not in kind_of_live(item).given
        ]

    def _custom_kinds(self) -> Iterator[tuple[str, str]]:
        """Yield the custom kinds that live in namespaces: nobody knows whether they are missed."""
        for crd in self._cluster.list_objects(
            "apiextensions.k8s.io/v1", "CustomResourceDefinition"
        ):
            if text_at(crd, "spec", "scope") == "Namespaced":
                yield from _served(crd)

    def _of_defined_kind(self, crd: Manifest) -> list[JsonObject]:
        return [item for each in _served(crd.body) for item in self._cluster.list_objects(*each)]


def _served(crd: JsonObject) -> Iterator[tuple[str, str]]:
    """Yield a version that a definition serves, if it does, and the kind that it defines."""
    spec = mapping_at(crd, "spec")
    for version in objects_at(spec, "versions"):
        if version.get("served"):
            yield (
                f"{text_at(spec, 'group')}/{text_at(version, 'name')}",
                text_at(spec, "names", "kind"),
            )
            return
