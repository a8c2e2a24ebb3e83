"""Says which rights an environment takes, and which of them an account lacks, before it writes."""

from collections.abc import Iterable, Iterator

from compiler.errors import ExternalError
from compiler.executor.autoscaling import may_be_scaled
from compiler.executor.identity import NAMESPACE
from compiler.executor.port import ClusterPort
from compiler.executor.rights import account, lacking
from compiler.kinds.definitions import crd_kind, is_crd
from compiler.model.app import Environment
from compiler.model.change import Action, Comparison, ObjectChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding, Severity
from compiler.model.manifest import Manifest, text_at
from compiler.model.purpose import Purpose
from compiler.model.release import ReleaseVerb
from compiler.stages.leaving import renewed
from compiler.stages.rights import (
    Right,
    forgetting_rights,
    granting_rights,
    growing_rights,
    locking_rights,
    object_rights,
    own_rights,
    quota_rights,
    reading_rights,
    rules_of,
    scaling_rights,
    seeing_rights,
)
from compiler.stages.words import counted


def rights_for(
    compiled: CompiledEnvironment, cluster: ClusterPort, purpose: Purpose
) -> frozenset[Right]:
    """Return the least rights that an account needs for an environment.

    Args:
        cluster: Knows how kinds are called in rules.
    """
    environment = compiled.environment
    namespaces = _namespaces(compiled)
    rights = {*reading_rights(environment.namespace), *seeing_rights(namespaces)}
    rights |= {*scaling_rights(filter(may_be_scaled, compiled.manifests))}
    if environment.destination.cluster:
        rights.add(Right("", "", "namespaces", "get", NAMESPACE))
    runs = {item.ref for item in renewed(compiled)}
    for manifest, resource in _with_resources(compiled, compiled.manifests, cluster):
        is_named = manifest.ref not in runs
        every = object_rights(manifest, resource, Action.REPLACE, is_named=is_named)
        rights |= {right for right in every if right.verb in _VERBS[purpose]}
        if purpose is not Purpose.DIFF:
            rights |= {*granting_rights(manifest)}
        if purpose is Purpose.PRUNE:
            rights |= {*growing_rights(manifest)}
    if purpose is not Purpose.DIFF:
        rights |= {*own_rights(environment.owner, environment.namespace)}
        rights |= {*quota_rights(namespaces)}
    if purpose is Purpose.PRUNE:
        rights |= {*forgetting_rights(environment.namespace)}
    return frozenset(rights)


_VERBS = {
    Purpose.DIFF: {"get"},
    Purpose.APPLY: {"get", "create", "patch"},
    Purpose.PRUNE: {"get", "create", "patch", "delete"},
}


def check_rights(
    compiled: CompiledEnvironment, comparison: Comparison, cluster: ClusterPort, verb: ReleaseVerb
) -> tuple[Finding, ...]:
    """Check that this account may do all that a plan will; return what it will not see.

    Raises:
        ExternalError: It may not; all that it lacks is named.
    """
    environment = compiled.environment
    needed = {
        *_planned(compiled, comparison, cluster, verb),
        *own_rights(environment.owner, environment.namespace),
    }
    namespaces = _namespaces(compiled)
    helpful = {
        *seeing_rights(namespaces),
        *scaling_rights(filter(may_be_scaled, compiled.selected)),
        *forgetting_rights(environment.namespace),
    }
    try:
        missing = lacking(cluster, needed | helpful)
    except ExternalError as error:
        return (_unchecked(error),)
    name = environment.name
    if lacked := [right for right in missing if right in needed]:
        raise ExternalError(_missing(name, account(cluster), lacked))
    return (_unseen(name, missing),) if missing else ()


def check_run_rights(
    environment: Environment, runs: Iterable[Manifest], cluster: ClusterPort
) -> tuple[Finding, ...]:
    """Check that this account may remove runs; return what the server does not say.

    Raises:
        ExternalError: It may not; all that it lacks is named.
    """
    needed = {*locking_rights(environment.owner, environment.namespace)}
    for manifest in runs:
        if resource := cluster.resource_of(manifest.api_version, manifest.ref.kind):
            needed |= {*object_rights(manifest, resource, Action.DELETE)}
    try:
        missing = lacking(cluster, needed)
    except ExternalError as error:
        return (_unchecked(error),)
    if missing:
        raise ExternalError(_missing(environment.name, account(cluster), missing))
    return ()


def _planned(
    compiled: CompiledEnvironment, comparison: Comparison, cluster: ClusterPort, verb: ReleaseVerb
) -> Iterator[Right]:
    """Yield what is needed for what a comparison found; what it could not see may be new."""
    unseen = {*comparison.unseen}
    denied = {finding.object for finding in comparison.denied}
    growing = {item.manifest.ref for item in comparison.changes if item.keeps_pods}
    actions = {item.ref: Action.CREATE for item in compiled.selected if item.ref in unseen}
    manifests = [item for item in compiled.selected if item.ref in unseen]
    for change in comparison.changes:
        if not _is_left_alone(change, verb):
            actions[change.manifest.ref] = change.action
            manifests.append(change.manifest)
    for manifest, resource in _with_resources(compiled, manifests, cluster):
        yield from object_rights(manifest, resource, actions[manifest.ref])
        if manifest.ref in growing:
            yield from growing_rights(manifest)
        if str(manifest.ref) in denied:
            yield from granting_rights(manifest)


def _is_left_alone(change: ObjectChange, verb: ReleaseVerb) -> bool:
    return change.action is Action.KEEP and (change.has_left or verb is ReleaseVerb.DELETE)


def _with_resources(
    compiled: CompiledEnvironment, manifests: Iterable[Manifest], cluster: ClusterPort
) -> Iterator[tuple[Manifest, str]]:
    """Yield manifests with how their kinds are called in paths; not those of unknown kinds."""
    own = {
        crd_kind(item): text_at(item.body, "spec", "names", "plural")
        for item in compiled.manifests
        if is_crd(item)
    }
    for item in manifests:
        kind = (item.ref.group, item.ref.kind)
        if resource := cluster.resource_of(item.api_version, item.ref.kind) or own.get(kind, ""):
            yield item, resource


def _namespaces(compiled: CompiledEnvironment) -> list[str]:
    found = {item.ref.namespace for item in compiled.selected}
    return sorted({compiled.environment.namespace, *found} - {""})


def _lines(rights: Iterable[Right]) -> tuple[str, ...]:
    return tuple(
        f"{rule} in namespace {namespace}" if namespace else f"{rule} (of the cluster)"
        for namespace, rules in rules_of(rights).items()
        for rule in rules
    )


def _missing(environment: str, user: str, rights: list[Right]) -> Finding:
    who = f'user "{user}"' if user else "this account"
    return Finding(
        rule="rights-missing",
        message=f"{who} lacks {counted(len(rights), 'right')}, so nothing is written",
        environment=environment,
        notes=_lines(rights),
        hint=f"ask for them; roles that give all that is needed: kuplet env rbac {environment}",
    )


def _unseen(environment: str, rights: list[Right]) -> Finding:
    return Finding(
        rule="rights-unseen",
        severity=Severity.NOTE,
        message="this account may apply, but not see or tidy up all",
        environment=environment,
        notes=_lines(rights),
        hint="pods and events say why something does not run, autoscalers whose the replicas are;"
        f" old records are deleted Secrets; see: kuplet env rbac {environment}",
    )


def _unchecked(error: ExternalError) -> Finding:
    return Finding(
        rule="rights-unchecked",
        severity=Severity.WARNING,
        message="the server does not say what this account may do, so it is found out on the way",
        notes=tuple(finding.message for finding in error.findings),
    )
