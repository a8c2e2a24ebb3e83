"""Asks the server what an apply would change: a dry run for each object, eight at a time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from compiler.executor.field_owners import predicted
from compiler.executor.growth import fixed_claims, reason_of, shrinking
from compiler.executor.leftovers import field_of, leftovers, without_fields
from compiler.executor.live_objects import LiveObjects
from compiler.executor.namespaces import (
    NamespaceState,
    going,
    name_of_namespace,
    namespace_manifest,
    namespaces_of,
)
from compiler.executor.policies import with_policy_fields
from compiler.executor.port import ApiError, ClusterPort
from compiler.executor.queueing import left_to_queue, suspended_in_vain
from compiler.executor.refusal import is_immutable, is_without_right, refusal, refused
from compiler.executor.remarks import left_over, others_object, without_effect
from compiler.executor.replacing import Replacing
from compiler.executor.shared_fields import request_for, send
from compiler.executor.spelling import with_live_amounts
from compiler.executor.takeover import tools_of
from compiler.kinds.definitions import crd_kind, is_crd
from compiler.kinds.own_rules import rules_of
from compiler.model.change import Action, Comparison, ObjectChange, Refusal
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, list_at
from compiler.model.owner import Owner, applyset_of, as_member
from compiler.model.secret import as_written
from compiler.stages.claims import growths_of, with_sizes_of
from compiler.stages.diff import compared, created, ended, new_run, replaced, value_below

_ORPHAN = "orphan"  # by this finalizer what an object owns stays when it goes
CONCURRENCY = 8  # more does not make one API server faster


@dataclass(frozen=True, slots=True)
class _Compared:
    change: ObjectChange | None
    findings: tuple[Finding, ...] = ()
    denied: tuple[Finding, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    is_external: bool = False


def compare_with_cluster(
    compiled: CompiledEnvironment,
    cluster: ClusterPort,
    *,
    force: bool = False,
    adopt: bool = False,
    repeats: bool = True,
) -> Comparison:
    """Return what applying what is selected would change; nothing is written.

    The environment's namespace is added when neither the cluster nor the compile has it.

    Args:
        force: Whether fields of others would be taken.
        adopt: Whether objects of others would be, and of all objects what other tools own.
        repeats: Whether runs that have failed start anew.
    """
    manifests = _with_namespace(compiled, cluster)
    look = _Look(cluster, compiled, manifests, force=force, adopt=adopt, repeats=repeats)
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        results = list(pool.map(look.at, manifests))
    return Comparison(
        changes=tuple(result.change for result in results if result.change),
        findings=tuple(dict.fromkeys(item for result in results for item in result.findings)),
        refusals=tuple(item for result in results for item in result.refusals),
        unseen=tuple(
            manifest.ref
            for manifest, result in zip(manifests, results, strict=True)
            if result.change is None
        ),
        denied=tuple(dict.fromkeys(item for result in results for item in result.denied)),
        is_external=any(result.is_external for result in results),
    )


def _with_namespace(compiled: CompiledEnvironment, cluster: ClusterPort) -> list[Manifest]:
    """Return what is selected, and the environment's namespace if nothing else provides it.

    All but that namespace are members of the environment's ApplySet.
    """
    environment = compiled.environment
    own = namespace_manifest(environment.owner, environment.namespace)
    applyset = environment.owner.applyset(environment.namespace)
    members = [as_member(item, applyset) for item in compiled.selected]
    is_used = any(item.ref.namespace == environment.namespace for item in compiled.selected)
    if not is_used or any(item.ref == own.ref for item in compiled.manifests):
        return members
    is_missing = namespaces_of(cluster, [own])[environment.namespace] is NamespaceState.MISSING
    return [*([own] if is_missing else []), *members]


class _Look:
    """Compares one object after the other with the same knowledge of the set."""

    def __init__(
        self,
        cluster: ClusterPort,
        compiled: CompiledEnvironment,
        manifests: Sequence[Manifest],
        *,
        force: bool,
        adopt: bool,
        repeats: bool,
    ) -> None:
        environment = compiled.environment
        self._cluster = cluster
        self._owner = environment.owner
        self._applyset = environment.owner.applyset(environment.namespace)
        self._live = LiveObjects(cluster, environment, manifests)
        self._force, self._adopt = force, adopt
        self._replacing = Replacing(
            cluster, environment, rules_of(environment.readiness), repeats=repeats
        )
        self._previous, self._ended = compiled.previous, compiled.ended
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
            found = with_policy_fields(self._cluster, refused(failure, manifest))
            return _not_taken([found])

    def _compare(self, given: Manifest) -> _Compared:
        manifest, ref = left_to_queue(given, {}), given.ref
        if not self._cluster.serves(manifest.api_version, ref.kind):
            if (ref.group, ref.kind) in self._own_kinds:
                return _Compared(created(manifest, note="its kind is new to the cluster"))
            self._cluster.apply(manifest.body, dry_run=True)  # raises that the kind is not served
        live = self._live.read(manifest)
        if live is None:
            return self._compare_new(given, manifest)
        owner = self._other_owner(live)
        if (self._adopt or not owner) and (reason := self._replacing.reason(manifest, live)):
            return _replaced(manifest, live, reason)
        try:
            return self._compare_existing(given, manifest, live, owner)
        except ApiError as failure:
            if not owner and is_immutable(failure) and (grown := self._grown(manifest, live)):
                return grown
            reason = "" if owner else self._replacing.reason_after(failure, manifest)
            if not reason:
                raise
            return _replaced(manifest, live, reason)

    def _compare_new(self, given: Manifest, manifest: Manifest) -> _Compared:
        ref = given.ref
        is_lost = self._namespaces[ref.namespace] is NamespaceState.MISSING
        if is_lost and self._makes_namespace(ref.namespace):
            return _Compared(created(manifest, note="its namespace is new to the cluster"))
        if ref in self._ended:
            return _Compared(ended(manifest, self._ended[ref]))
        manifest, _, findings, denied = self._merged(given, manifest, None)
        change, previous = created(manifest), self._previous.get(ref)
        change = new_run(change, previous) if previous else change
        return _Compared(change, findings, denied=denied)

    def _compare_existing(
        self, given: Manifest, manifest: Manifest, live: JsonObject, owner: str
    ) -> _Compared:
        """Compare with a live object.

        Args:
            owner: Who else has it; empty if nobody.
        """
        manifest = with_live_amounts(manifest, live)
        manifest, merged, findings, denied = self._merged(given, manifest, live)
        left = leftovers(self._cluster, manifest, live, merged)
        former = ", ".join([*([owner] if owner else []), *sorted(tools_of(live))])
        if self._adopt and former:
            change = compared(manifest, live, without_fields(merged, left))
            change = replace(change, action=Action.ADOPT, note=f"taken from {former}")
            return _Compared(change, findings, denied=denied)
        fields = tuple(sorted(map(field_of, left)))
        if denied:  # what is worked out does not say that we own what the app has
            asked = as_written(manifest.body)
            fields = tuple(path for path in fields if value_below(asked, path) is None)
        change = replace(compared(manifest, live, merged), leftover=fields)
        findings = (*findings, *left_over(change))
        if owner:
            findings = (*findings, others_object(manifest, owner))
            change = replace(change, action=Action.ADOPT, note=f"taken from {owner}")
        elif reason := self._replacing.reason_of(change):
            return _Compared(replaced(manifest, live, reason, merged), findings, denied=denied)
        findings = (*findings, *without_effect(change, live, self._cluster))
        return _Compared(change, findings, denied=denied)

    def _grown(self, manifest: Manifest, live: JsonObject) -> _Compared | None:
        """Compare a StatefulSet of which nothing stands against but the size of its claims."""
        growths = growths_of(manifest, live)
        if not growths:
            return None
        if any(item.is_shrinking for item in growths):
            return _not_taken([shrinking(manifest, growths)])
        try:
            merged, findings, denied = self._tried(with_sizes_of(manifest, live), live)
        except ApiError as failure:
            if is_immutable(failure):
                return None
            raise
        if fixed := list(fixed_claims(self._cluster, manifest, growths)):
            return _not_taken(fixed)
        whole = replace(manifest, body=merged)
        merged = with_sizes_of(whole, manifest.body).body
        change = replaced(manifest, live, reason_of(growths), merged)
        return _Compared(replace(change, keeps_pods=True), findings, denied=denied)

    def _merged(
        self, given: Manifest, manifest: Manifest, live: JsonObject | None
    ) -> tuple[Manifest, JsonObject, tuple[Finding, ...], tuple[Finding, ...]]:
        """Return what is applied, what it makes of the object, and what `_tried` has to say.

        Whether a run is suspended is left to its queue, where admission puts it into one.
        """
        merged, findings, denied = self._tried(manifest, live)
        manifest, before = left_to_queue(manifest, merged), manifest
        if manifest is not before:
            merged, findings, denied = self._tried(manifest, live)
        return manifest, merged, (*findings, *suspended_in_vain(given, manifest)), denied

    def _tried(
        self, manifest: Manifest, live: JsonObject | None
    ) -> tuple[JsonObject, tuple[Finding, ...], tuple[Finding, ...]]:
        """Return what an apply would make of an object, what stands against it, and why not asked.

        Whoever may only read gets what can be worked out from what the server shows.
        """
        request = request_for(self._cluster, manifest, live)
        if self._adopt and live:
            request = replace(request, managers=request.managers | tools_of(live))
        try:
            return send(self._cluster, request, dry_run=True, force=self._force), (), ()
        except ApiError as failure:
            found = (refusal(failure, manifest),)
            if failure.is_conflict:
                return send(self._cluster, request, dry_run=True, force=True), found, ()
            if not is_without_right(failure):
                raise
            return predicted(live or {}, request.body), (), found

    def _other_owner(self, live: JsonObject) -> str:
        """Return which other environment, or other tool's set, has an object; empty if none."""
        owner, member_of = Owner.of(live), applyset_of(live)
        if owner:
            return "" if owner == self._owner else str(owner)
        return f"the ApplySet {member_of}" if member_of not in ("", self._applyset) else ""

    def _makes_namespace(self, name: str) -> bool:
        return ObjectRef("", "Namespace", "", name) in self._refs


def _replaced(manifest: Manifest, live: JsonObject, reason: str) -> _Compared:
    change = replaced(manifest, live, reason, predicted(live, manifest.body))
    is_orphaning = _ORPHAN in list_at(live, "metadata", "finalizers")
    return _Compared(replace(change, keeps_pods=is_orphaning))


def _not_taken(refusals: Sequence[Refusal]) -> _Compared:
    return _Compared(
        None,
        tuple(item.finding for item in refusals),
        refusals=tuple(refusals),
        is_external=any(item.is_external for item in refusals),
    )
