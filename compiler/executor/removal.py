"""Finds out what deleting an environment's objects would do, and which of them must stay."""

from concurrent.futures import ThreadPoolExecutor

from compiler.executor.compare import CONCURRENCY
from compiler.executor.port import ClusterPort
from compiler.kinds.definitions import crd_kind, is_crd
from compiler.kinds.table import KINDS, kind_of_live
from compiler.model.app import Dialect, Environment
from compiler.model.change import Comparison, ObjectChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, mapping_at, objects_at, text_at
from compiler.model.owner import Owner, is_of_ksonnet
from compiler.stages.diff import removed

MAX_NAMED = 3


def compare_removal(compiled: CompiledEnvironment, cluster: ClusterPort) -> Comparison:
    """Return what deleting what is selected would do to what exists, dependents first."""
    look = _Look(compiled.environment, cluster)
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        found = list(pool.map(look.at, reversed(compiled.selected)))
    return Comparison(changes=tuple(change for change in found if change))


class _Look:
    """Looks at one object after the other."""

    def __init__(self, environment: Environment, cluster: ClusterPort) -> None:
        self._owner = environment.owner
        self._is_ksonnet = environment.dialect is Dialect.KSONNET
        self._cluster = cluster

    def at(self, manifest: Manifest) -> ObjectChange | None:
        """Return what would happen to an object; nothing where there is none."""
        live = self._cluster.read(manifest)
        if live is None:
            return None
        return removed(manifest, live, self._kept_because(manifest, live))

    def _kept_because(self, manifest: Manifest, live: JsonObject) -> str:
        """Return why a live object must stay; ``""`` when it may go."""
        if not (self._is_ksonnet and is_of_ksonnet(live, manifest.origin.component)):
            foreign = self._foreign(live)
            if foreign:
                return foreign
        return self._still_used(manifest)

    def _foreign(self, live: JsonObject) -> str:
        """Return who owns a live object, if it is not this environment."""
        owner = Owner.of(live)
        if owner == self._owner:
            return ""
        return f"it belongs to {owner}" if owner else "kuplet did not make it"

    def _still_used(self, manifest: Manifest) -> str:
        """Return what of others would be deleted together with an object.

        A Namespace takes all that lives in it along, a definition all objects of its kind.
        """
        if manifest.ref.kind == "Namespace":
            held = self._held_by_namespace(manifest.ref.name)
        elif is_crd(manifest):
            held = self._of_defined_kind(manifest)
        else:
            return ""
        others = [item for item in held if self._foreign(item)]
        names = [f"{text_at(item, 'kind')}/{text_at(item, 'metadata', 'name')}" for item in others]
        more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
        return f"{', '.join(names[:MAX_NAMED])}{more} would go with it" if names else ""

    def _held_by_namespace(self, name: str) -> list[JsonObject]:
        """Return what lives in a namespace, but for what Kubernetes or a controller put there."""
        found = [
            item
            for kind in KINDS.values()
            if kind.regretted_as
            for item in self._cluster.list_objects(kind.regretted_as, kind.kind, name)
        ]
        return [
            item
            for item in found
            if not mapping_at(item, "metadata").get("ownerReferences")
            and text_at(item, "metadata", "name") not in kind_of_live(item).given
        ]

    def _of_defined_kind(self, crd: Manifest) -> list[JsonObject]:
        group, kind = crd_kind(crd)
        served = [item for item in objects_at(crd.body, "spec", "versions") if item.get("served")]
        if not served:
            return []
        return self._cluster.list_objects(f"{group}/{text_at(served[0], 'name')}", kind)
