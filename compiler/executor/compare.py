"""Asks the server what an apply would change: a dry run for each object, eight at a time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from compiler.executor.live_objects import LiveObjects
from compiler.executor.namespaces import (
    NamespaceState,
    going,
    name_of_namespace,
    namespace_manifest,
    namespaces_of,
)
from compiler.executor.port import ApiError, ClusterPort
from compiler.executor.refusal import is_external, refusal
from compiler.kinds.definitions import crd_kind, is_crd
from compiler.kinds.readiness import ignores_changes
from compiler.model.app import Environment
from compiler.model.change import Action, Comparison, ObjectChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, text_at
from compiler.model.owner import Owner
from compiler.stages.diff import compared, created, replaced

CONCURRENCY = 8  # more does not make one API server faster


@dataclass(frozen=True, slots=True)
class _Compared:
    change: ObjectChange | None
    findings: tuple[Finding, ...] = ()
    is_external: bool = False


def compare_with_cluster(
    compiled: CompiledEnvironment, cluster: ClusterPort, *, force: bool = False
) -> Comparison:
    """Return what applying what is selected would change; nothing is written.

    The environment's namespace is added when neither the cluster nor the compile has it.
    """
    manifests = _with_namespace(compiled, cluster)
    look = _Look(cluster, compiled.environment, manifests, force=force)
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        results = list(pool.map(look.at, manifests))
    return Comparison(
        changes=tuple(result.change for result in results if result.change),
        findings=tuple(dict.fromkeys(item for result in results for item in result.findings)),
        unseen=tuple(
            manifest.ref
            for manifest, result in zip(manifests, results, strict=True)
            if result.change is None
        ),
        is_external=any(result.is_external for result in results),
    )


def _with_namespace(compiled: CompiledEnvironment, cluster: ClusterPort) -> list[Manifest]:
    """Return what is selected, and the environment's namespace if nothing else provides it."""
    environment = compiled.environment
    own = namespace_manifest(environment.owner, environment.namespace)
    is_used = any(item.ref.namespace == environment.namespace for item in compiled.selected)
    if not is_used or any(item.ref == own.ref for item in compiled.manifests):
        return [*compiled.selected]
    is_missing = namespaces_of(cluster, [own])[environment.namespace] is NamespaceState.MISSING
    return [*([own] if is_missing else []), *compiled.selected]


def _without_effect(change: ObjectChange, live: JsonObject, cluster: ClusterPort) -> list[Finding]:
    """Return a warning for a finished training job: its controller ignores a changed spec."""
    ref = change.manifest.ref
    is_changed = any(item.path.startswith("spec.") for item in change.fields)
    if not is_changed or not ignores_changes(live, cluster):
        return []
    message = f"{ref} has finished: changing it starts no new training run"
    hint = 'give the run a new name, for example with the parameter "name"'
    origin = change.manifest.origin
    return [
        Finding(
            rule="job-finished",
            severity=Severity.WARNING,
            message=message,
            object=str(ref),
            component=origin.component,
            notes=(origin.note,),
            hint=hint,
        )
    ]


def _others_object(manifest: Manifest, owner: Owner | None) -> Finding:
    """Return the error for an object of another environment that nobody said to take."""
    return Finding(
        rule="object-owned",
        message=f"{manifest.ref} belongs to {owner}",
        object=str(manifest.ref),
        component=manifest.origin.component,
        span=manifest.origin.span,
        notes=(manifest.origin.note,),
        hint="leave it out of one of the two, or take it: --force-conflicts",
    )


class _Look:
    """Compares one object after the other with the same knowledge of the set."""

    def __init__(
        self,
        cluster: ClusterPort,
        environment: Environment,
        manifests: Sequence[Manifest],
        *,
        force: bool,
    ) -> None:
        self._cluster = cluster
        self._environment = environment.owner
        self._live = LiveObjects(cluster, environment, manifests)
        self._force = force
        self._refs = {item.ref for item in manifests}
        self._own_kinds = {crd_kind(item) for item in manifests if is_crd(item)}
        self._namespaces = namespaces_of(cluster, manifests)

    def at(self, manifest: Manifest) -> _Compared:
        """Compare one object; a refusal becomes a finding."""
        namespace = name_of_namespace(manifest.ref)
        if self._namespaces[namespace] is NamespaceState.GOING:
            return _Compared(None, (going(namespace),), is_external=True)
        try:
            return self._compare(manifest)
        except ApiError as failure:
            return _Compared(None, (refusal(failure, manifest),), is_external(failure))

    def _compare(self, manifest: Manifest) -> _Compared:
        ref = manifest.ref
        if not self._cluster.serves(manifest.api_version, ref.kind):
            if (ref.group, ref.kind) in self._own_kinds:
                return _Compared(created(manifest, note="its kind is new to the cluster"))
            self._cluster.apply(manifest.body, dry_run=True)  # raises that the kind is not served
        live = self._live.read(manifest)
        is_lost = self._namespaces[ref.namespace] is NamespaceState.MISSING
        if live is None and is_lost and self._makes_namespace(ref.namespace):
            return _Compared(created(manifest, note="its namespace is new to the cluster"))
        findings: tuple[Finding, ...] = ()
        try:
            merged = self._cluster.apply(manifest.body, dry_run=True, force=self._force)
        except ApiError as failure:
            if not failure.is_conflict:
                raise
            findings = (refusal(failure, manifest),)
            merged = self._cluster.apply(manifest.body, dry_run=True, force=True)
        if live is None:
            return _Compared(created(manifest), findings)
        if text_at(live, "metadata", "deletionTimestamp"):
            return _Compared(replaced(manifest, live, "it is being deleted"), findings)
        change = compared(manifest, live, merged)
        owner = Owner.of(live)
        if owner not in (None, self._environment):
            if not self._force:
                findings = (*findings, _others_object(manifest, owner))
            change = replace(change, action=Action.ADOPT, note=f"taken from {owner}")
        return _Compared(change, (*findings, *_without_effect(change, live, self._cluster)))

    def _makes_namespace(self, name: str) -> bool:
        return ObjectRef("", "Namespace", "", name) in self._refs
