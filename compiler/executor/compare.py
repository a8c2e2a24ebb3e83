"""Asks the server what an apply would change: a dry run for each object, sixteen at a time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from compiler.executor.autoscaling import left_to_scaler, scaled_otherwise, scalers_of
from compiler.executor.conflicts import ContestedError, Sent, Stance, foreseen, send, without
from compiler.executor.field_owners import predicted
from compiler.executor.growth import fixed_claims, reason_of, shrinking
from compiler.executor.leftovers import field_of, leftovers, value_of, without_fields
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
from compiler.executor.refusal import is_external, is_immutable, is_without_right, refusal, refused
from compiler.executor.remarks import conflict_finding, left_over, others_object, without_effect
from compiler.executor.replacing import Replacing
from compiler.executor.shared_fields import is_shared, request_for
from compiler.executor.spelling import with_live_amounts
from compiler.executor.takeover import tools_of
from compiler.executor.unchanged import is_unchanged
from compiler.kinds.definitions import crd_kind, is_crd
from compiler.kinds.own_rules import rules_of
from compiler.kinds.queues import queue_of
from compiler.model.change import Action, Comparison, ObjectChange, Refusal
from compiler.model.compiled import CompiledEnvironment
from compiler.model.conflict import ConflictPolicy, FieldConflict
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, list_at, objects_at, text_at
from compiler.model.owner import Owner, applyset_of, as_member
from compiler.model.secret import as_written
from compiler.stages.claims import growths_of, with_sizes_of
from compiler.stages.diff import compared, created, ended, new_run, replaced

_ORPHAN = "orphan"  # by this finalizer what an object owns stays when it goes
CONCURRENCY = 16  # more does not make one API server faster, and fewer wait for the way to it


@dataclass(frozen=True, slots=True)
class _Compared:
    change: ObjectChange | None
    findings: tuple[Finding, ...] = ()
    denied: tuple[Finding, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    is_external: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Merged:
    """What an apply would make of an object.

    Attributes:
        whole: The object as the app has it, as far as it decides.
        sent: The same without what is left to others.
        live: The object as the server would have it.
        denied: Why the server could not be asked.
    """

    whole: Manifest
    sent: Manifest
    live: JsonObject
    conflicts: tuple[FieldConflict, ...] = ()
    findings: tuple[Finding, ...] = ()
    denied: tuple[Finding, ...] = ()


def compare_with_cluster(
    compiled: CompiledEnvironment,
    cluster: ClusterPort,
    *,
    force: bool = False,
    adopt: bool = False,
    repeats: bool = True,
    asks: bool = False,
) -> Comparison:
    """Return what applying what is selected would change; nothing is written.

    The environment's namespace is added when neither the cluster nor the compile has it.

    Args:
        force: Whether fields of others would be taken.
        adopt: Whether objects of others would be, and of all objects what other tools own.
        repeats: Whether runs that have failed start anew.
        asks: Whether the server is asked about objects, too, that can be seen to be unchanged.
    """
    manifests = _with_namespace(compiled, cluster)
    wanted = _Wanted(force=force, adopt=adopt, repeats=repeats, asks=asks)
    look = _Look(cluster, compiled, manifests, wanted)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What a comparison is made for: see `compare_with_cluster`."""

    force: bool
    adopt: bool
    repeats: bool
    asks: bool


class _Look:
    """Compares one object after the other with the same knowledge of the set."""

    def __init__(
        self,
        cluster: ClusterPort,
        compiled: CompiledEnvironment,
        manifests: Sequence[Manifest],
        wanted: _Wanted,
    ) -> None:
        environment = compiled.environment
        self._cluster = cluster
        self._owner = environment.owner
        self._applyset = environment.owner.applyset(environment.namespace)
        self._namespaces = namespaces_of(cluster, manifests)
        self._live = LiveObjects(cluster, environment, manifests, self._namespaces)
        self._force, self._adopt, self._asks = wanted.force, wanted.adopt, wanted.asks
        self._conflicts = environment.conflicts
        self._scalers = scalers_of(cluster, compiled.manifests)
        self._replacing = Replacing(
            cluster, environment, rules_of(environment.readiness), repeats=wanted.repeats
        )
        self._previous, self._ended = compiled.previous, compiled.ended
        self._by_ref = {item.ref: item for item in manifests}
        self._dag = compiled.dag
        self._definitions = {crd_kind(item): item for item in manifests if is_crd(item)}

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
            if definition := self._definitions.get((ref.group, ref.kind)):
                return self._compare_unserved(manifest, definition)
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
            if not owner and (changing := self._changing_definition(ref, failure)):
                return _unchecked(manifest, live, f"{changing} changes first")
            reason = "" if owner else self._replacing.reason_after(failure, manifest)
            if not reason:
                raise
            return _replaced(manifest, live, reason)

    def _compare_unserved(self, manifest: Manifest, definition: Manifest) -> _Compared:
        """Compare an object of a kind, or of a version of it, that this apply brings."""
        ref = manifest.ref
        for version in objects_at(definition.body, "spec", "versions"):
            served = f"{ref.group}/{text_at(version, 'name')}"
            if self._cluster.serves(served, ref.kind):
                older = replace(manifest, body={**manifest.body, "apiVersion": served})
                live = self._live.read(older)
                if live and not self._other_owner(live):
                    return _unchecked(manifest, live, "its version is new to the cluster")
        return _Compared(created(manifest, note="its kind is new to the cluster"))

    def _compare_new(self, given: Manifest, manifest: Manifest) -> _Compared:
        ref = given.ref
        is_lost = self._namespaces[ref.namespace] is NamespaceState.MISSING
        if is_lost and self._makes_namespace(ref.namespace):
            return _Compared(created(manifest, note="its namespace is new to the cluster"))
        if ref in self._ended:
            return _Compared(ended(manifest, self._ended[ref]))
        try:
            found = self._merged(given, manifest, None)
            change = created(found.sent)
        except ApiError as failure:
            if changing := self._changing_definition(ref, failure):
                note = f"{changing} changes first"
            elif needed := self._missed(ref, failure):
                note = f"asks for {needed}, which is new to the cluster"
            else:
                raise
            found = _Merged(whole=given, sent=manifest, live={})
            change = created(manifest, note=note)
        previous = self._previous.get(ref)
        change = new_run(change, previous) if previous else change
        change = replace(change, scaler=self._scalers.get(ref, ""))
        return _Compared(change, found.findings, denied=found.denied)

    def _compare_existing(
        self, given: Manifest, manifest: Manifest, live: JsonObject, owner: str
    ) -> _Compared:
        """Compare with a live object.

        Args:
            owner: Who else has it; empty if nobody.
        """
        found = self._merged(given, with_live_amounts(manifest, live), live)
        asked, sent = as_written(given.body), found.sent
        left = leftovers(self._cluster, sent, live, found.live)
        left = tuple(steps for steps in left if value_of(asked, steps) is None)
        former = ", ".join([*([owner] if owner else []), *sorted(tools_of(live))])
        if self._adopt and former:
            change = compared(sent, live, without_fields(found.live, left))
            change = replace(change, action=Action.ADOPT, note=f"taken from {former}")
            return self._settled(change, found)
        fields = tuple(sorted(map(field_of, left)))
        change = replace(compared(sent, live, found.live), leftover=fields)
        remarks = left_over(change)
        if owner:
            remarks.append(others_object(sent, owner))
            change = replace(change, action=Action.ADOPT, note=f"taken from {owner}")
        elif reason := self._replacing.reason_of(change):
            change = replaced(found.whole, live, reason, found.live)
            open_ones = [item for item in found.conflicts if item.policy is ConflictPolicy.FAIL]
            return self._settled(change, replace(found, conflicts=tuple(open_ones)))
        remarks += without_effect(change, live, self._cluster)
        return self._settled(change, found, remarks)

    def _grown(self, manifest: Manifest, live: JsonObject) -> _Compared | None:
        """Compare a StatefulSet of which nothing stands against but the size of its claims."""
        growths = growths_of(manifest, live)
        if not growths:
            return None
        if any(item.is_shrinking for item in growths):
            return _not_taken([shrinking(manifest, growths)])
        try:
            found = self._tried(with_sizes_of(manifest, live), live)
        except ApiError as failure:
            if is_immutable(failure):
                return None
            raise
        if fixed := list(fixed_claims(self._cluster, manifest, growths)):
            return _not_taken(fixed)
        whole = replace(manifest, body=found.live)
        merged = with_sizes_of(whole, manifest.body).body
        change = replaced(manifest, live, reason_of(growths), merged)
        return self._settled(replace(change, keeps_pods=True), found)

    def _settled(
        self, change: ObjectChange, found: _Merged, remarks: Sequence[Finding] = ()
    ) -> _Compared:
        """Return a change with what is contested of it."""
        scaler = self._scalers.get(change.manifest.ref, "")
        change = replace(change, conflicts=found.conflicts, scaler=scaler)
        findings = (conflict_finding(change.manifest, item) for item in found.conflicts)
        return _Compared(change, (*found.findings, *findings, *remarks), denied=found.denied)

    def _merged(self, given: Manifest, manifest: Manifest, live: JsonObject | None) -> _Merged:
        """Return what an apply would make of an object.

        Whether a run is suspended is left to its queue, where admission puts it into one, and how
        many replicas a workload has to its autoscaler.
        """
        found = self._tried(manifest, live)
        queued = left_to_queue(manifest, found.live)
        if queued is not manifest:
            found = self._tried(queued, live)
        remarks = suspended_in_vain(given, queued)
        if live and (scaler := self._scalers.get(given.ref)):
            remarks += scaled_otherwise(given, live, scaler)
        return replace(found, findings=(*found.findings, *remarks))

    def _tried(self, whole: Manifest, live: JsonObject | None) -> _Merged:
        """Ask what an apply would make of an object.

        Whoever may only read gets what can be worked out from what the server shows.
        """
        if live and self._is_seen_unchanged(whole, live):
            return _Merged(whole=whole, sent=whole, live=live)
        scaler = self._scalers.get(whole.ref, "") if live else ""
        asked = left_to_scaler(whole, live) if live and scaler else whole
        request = request_for(self._cluster, asked, live)
        adopted = tools_of(live) if self._adopt and live else frozenset()
        stance = Stance(rules=self._conflicts, force=self._force, adopted=adopted, scaler=scaler)
        try:
            sent = send(self._cluster, asked, request, stance, dry_run=True)
        except ContestedError as contested:
            body = without(request.body, contested.left)
            taken = self._cluster.apply(body, dry_run=True, force=True)
            sent = Sent(live=taken, left=contested.left, conflicts=contested.conflicts)
        except ApiError as failure:
            if not is_without_right(failure):
                raise
            left, conflicts = foreseen(live or {}, whole, request.body, self._conflicts)
            made = predicted(live or {}, without(request.body, left))
            found = _Merged(whole=whole, sent=asked, live=made, conflicts=conflicts)
            return replace(found, denied=(refusal(failure, whole),))
        kept = asked
        if sent.left:
            kept = replace(asked, body=without(as_written(asked.body), sent.left))
        return _Merged(whole=whole, sent=kept, live=sent.live, conflicts=sent.conflicts)

    def _is_seen_unchanged(self, whole: Manifest, live: JsonObject) -> bool:
        """Return whether an apply changes nothing, as can be seen without asking the server.

        Where controllers or autoscalers have a say in what is sent, only the server knows.
        """
        is_asked = self._asks or self._adopt or whole.ref in self._scalers or is_shared(whole)
        return not (is_asked or queue_of(live)) and is_unchanged(as_written(whole.body), live)

    def _other_owner(self, live: JsonObject) -> str:
        """Return which other environment, or other tool's set, has an object; empty if none."""
        owner, member_of = Owner.of(live), applyset_of(live)
        if owner:
            return "" if owner == self._owner else str(owner)
        return f"the ApplySet {member_of}" if member_of not in ("", self._applyset) else ""

    def _missed(self, ref: ObjectRef, failure: ApiError) -> ObjectRef | None:
        """Return what a refusal misses that this apply will have made by then; ``None`` if nothing.

        Webhooks look for what an object refers to when it is tried, before anything is written.
        """
        if is_external(failure):
            return None
        said = " ".join([failure.message, *(cause.message for cause in failure.causes)])
        for dependency in self._dag.needs_of(ref):
            manifest = self._by_ref.get(dependency.needed)
            if manifest and manifest.ref.name in said and self._is_new(manifest):
                return manifest.ref
        return None

    def _changing_definition(self, ref: ObjectRef, failure: ApiError) -> ObjectRef | None:
        """Return what defines the kind of a refused object, if this apply changes it before."""
        definition = self._definitions.get((ref.group, ref.kind))
        if definition is None or is_external(failure):
            return None
        change = self.at(definition).change
        return definition.ref if change and change.action is not Action.KEEP else None

    def _is_new(self, manifest: Manifest) -> bool:
        is_served = self._cluster.serves(manifest.api_version, manifest.ref.kind)
        return not is_served or self._live.read(manifest) is None

    def _makes_namespace(self, name: str) -> bool:
        return ObjectRef("", "Namespace", "", name) in self._by_ref


def _unchecked(manifest: Manifest, live: JsonObject, note: str) -> _Compared:
    change = compared(manifest, live, predicted(live, manifest.body))
    return _Compared(replace(change, note=note, is_unchecked=True))


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
