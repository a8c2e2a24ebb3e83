"""Asks the server what an apply would change: a dry run for each object, eight at a time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from compiler.executor.live_objects import LiveObjects
from compiler.executor.port import ApiError, ClusterPort
from compiler.executor.refusal import is_denial, refusal
from compiler.kinds.definitions import crd_kind, is_crd
from compiler.kinds.readiness import ignores_changes
from compiler.model.app import Environment
from compiler.model.change import Action, Comparison, ObjectChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, Origin, manifest_of
from compiler.model.owner import Owner
from compiler.stages.diff import compared, created

CONCURRENCY = 8  # more does not make one API server faster


@dataclass(frozen=True, slots=True)
class _Compared:
    change: ObjectChange | None
    findings: tuple[Finding, ...] = ()
    is_denied: bool = False


def compare_with_cluster(
    compiled: CompiledEnvironment, cluster: ClusterPort, *, force: bool = False
) -> Comparison:
    """Return what applying what is selected would change; nothing is written.

    The environment's namespace is added when neither the cluster nor the compile has it.
    """
    manifests = [*_missing_namespace(compiled, cluster), *compiled.selected]
    look = _Look(cluster, compiled.environment, manifests, force=force)
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        results = list(pool.map(look.at, manifests))
    return Comparison(
        changes=tuple(result.change for result in results if result.change),
        findings=tuple(finding for result in results for finding in result.findings),
        is_denied=any(result.is_denied for result in results),
    )


def _missing_namespace(compiled: CompiledEnvironment, cluster: ClusterPort) -> list[Manifest]:
    """Return the environment's namespace if an object lives in it and nothing provides it."""
    environment = compiled.environment
    ref = ObjectRef("", "Namespace", "", environment.namespace)
    is_used = any(item.ref.namespace == environment.namespace for item in compiled.selected)
    if not is_used or any(item.ref == ref for item in compiled.manifests):
        return []
    try:
        if cluster.read_cluster_scoped("v1", "Namespace", environment.namespace):
            return []
    except ApiError:  # whoever may not read namespaces was given one that exists
        return []
    return [namespace_manifest(environment.owner, environment.namespace)]


def namespace_manifest(owner: Owner, name: str) -> Manifest:
    """Return the namespace of an environment that nobody else provides."""
    labels: JsonObject = {**owner.labels, **owner.part_of}
    metadata: JsonObject = {"name": name, "labels": labels}
    body: JsonObject = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    origin = Origin(component="", file="the destination of the environment")
    return manifest_of(body, origin)


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
        self._own_kinds = {crd_kind(item) for item in manifests if is_crd(item)}
        self._own_namespaces = {item.ref.name for item in manifests if item.ref.kind == "Namespace"}

    def at(self, manifest: Manifest) -> _Compared:
        """Compare one object; a refusal becomes a finding."""
        try:
            return self._compare(manifest)
        except ApiError as failure:
            return _Compared(None, (refusal(failure, manifest),), is_denial(failure))

    def _compare(self, manifest: Manifest) -> _Compared:
        ref = manifest.ref
        if not self._cluster.serves(manifest.api_version, ref.kind):
            if (ref.group, ref.kind) in self._own_kinds:
                return _Compared(created(manifest, note="its kind is new to the cluster"))
            self._cluster.apply(manifest.body, dry_run=True)  # raises that the kind is not served
        live = self._live.read(manifest)
        if live is None and self._is_namespace_new(ref.namespace):
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
        change = compared(manifest, live, merged)
        owner = Owner.of(live)
        if owner not in (None, self._environment):
            if not self._force:
                findings = (*findings, _others_object(manifest, owner))
            change = replace(change, action=Action.ADOPT, note=f"taken from {owner}")
        return _Compared(change, (*findings, *_without_effect(change, live, self._cluster)))

    def _is_namespace_new(self, namespace: str) -> bool:
        if namespace not in self._own_namespaces:
            return False
        return self._cluster.read_cluster_scoped("v1", "Namespace", namespace) is None
