"""Records applies and deletes: before the first write, and how they end."""

import getpass
import os
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from compiler.errors import ExternalError
from compiler.executor.applyset import ApplySet
from compiler.executor.failures import OBJECT_FAILED
from compiler.executor.lock import Lock, Locking
from compiler.executor.namespaces import (
    NamespaceState,
    make_namespace,
    namespace_manifest,
    namespaces_of,
)
from compiler.executor.port import ClusterPort
from compiler.executor.releases import Releases, Turn
from compiler.formats.choice import format_of
from compiler.formats.format import AnyApp
from compiler.formats.kuplet.lock import read_lock
from compiler.git.source_state import git_identity, source_state
from compiler.kinds.kind import Life
from compiler.kinds.table import kind_of
from compiler.model.app import Environment, Goal
from compiler.model.change import Action, Comparison
from compiler.model.compiled import CompiledEnvironment
from compiler.model.manifest import Manifest, ObjectRef
from compiler.model.outcome import Deleted, Failed, Left, Outcome, Reached, Written
from compiler.model.owner import Owner
from compiler.model.plan import Plan
from compiler.model.ref import ParameterRef
from compiler.model.release import Digests, Release, ReleaseStatus, ReleaseVerb, RunState
from compiler.stages.images import image_digests
from compiler.stages.release import (
    Circumstances,
    draft_deletion,
    draft_release,
    draft_rollback,
    inventory_of,
)
from compiler.versions import version_of

_SALT_BYTES = 32
_CI_USERS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN")


def releases_of(environment: Environment, cluster: ClusterPort) -> Releases:
    """Return the releases of an environment in its destination."""
    return Releases(cluster, environment.namespace, environment.owner)


def draft_of(
    app: AnyApp,
    compiled: CompiledEnvironment,
    newest: Release | None,
    secret: Collection[ParameterRef],
    besides: Sequence[Manifest] = (),
) -> Release:
    """Return the record of an apply of what is selected.

    Args:
        newest: The release before, whose digests those of this one are to be compared with.
        secret: The parameters of which only a digest is recorded.
        besides: What else of the environment may be in the cluster.
    """
    return draft_release(compiled, _circumstances(app, compiled, newest, secret, besides))


def deletion_draft(
    app: AnyApp,
    compiled: CompiledEnvironment,
    newest: Release | None,
    comparison: Comparison,
    besides: Sequence[Manifest],
) -> Release:
    """Return the record of a delete: what is our own and stays is still there after it."""
    staying = [
        change.manifest
        for change in comparison.changes
        if change.action is Action.KEEP
        and not change.has_left
        and Owner.of(change.live) == compiled.environment.owner
    ]
    return draft_deletion(compiled, staying, _circumstances(app, compiled, newest, (), besides))


def rollback_draft(
    app: AnyApp,
    compiled: CompiledEnvironment,
    newest: Release | None,
    target: Release,
    besides: Sequence[Manifest],
) -> Release:
    """Return the record of a rollback.

    Args:
        target: What the earlier release says of the whole environment.
        besides: What else of the environment may be in the cluster.
    """
    circumstances = _circumstances(app, compiled, newest, (), besides)
    return draft_rollback(target, compiled.manifests, circumstances)


def recorded(
    run: Callable[[Callable[[], None]], Iterator[Outcome]],
    draft: Release,
    plan: Plan,
    newest: Release | None,
    cluster: ClusterPort,
    locking: Locking = Locking(),  # noqa: B008  frozen
) -> Iterator[Outcome]:
    """Yield the outcomes of a plan; record it before the first and after the last.

    While it is carried out, nobody else applies the environment.

    Nothing is recorded when nothing has to be done and the newest release says the same, nor when
    the namespace of the records has gone already, which only a delete lives to see.

    Args:
        run: Carries the plan out; it gets what it has to call before each write.
        newest: The release that the plan was made on.
        draft: What is recorded: a new release, or the newest one, which goes on.
        locking: What to do where somebody else has the lock.
    """
    if _is_recorded(newest, draft, plan) or _has_no_place(draft, plan, cluster):
        yield from run(lambda: None)
        return
    if not plan.after:
        make_namespace(cluster, _namespace(plan))
    lock = Lock(cluster, plan.target.namespace, plan.owner, locking)
    former = lock.take(draft.user, plan.verb)
    actions = {
        step.ref.qualified: step.action for step in plan.steps if step.action is not Action.KEEP
    }
    draft = replace(draft, lock_taken_from=former, actions=actions)
    try:
        yield from _recorded(run, draft, plan, newest, cluster, lock)
    finally:
        lock.give_back()


def _recorded(
    run: Callable[[Callable[[], None]], Iterator[Outcome]],
    draft: Release,
    plan: Plan,
    newest: Release | None,
    cluster: ClusterPort,
    lock: Lock,
) -> Iterator[Outcome]:
    releases = Releases(cluster, plan.target.namespace, plan.owner)
    members = {item.ref for item in inventory_of([draft])}
    applyset = ApplySet(cluster, plan.target.namespace, plan.owner)
    if plan.verb is not ReleaseVerb.DELETE:
        applyset.widen(members)
    release = draft if draft.revision else releases.begin(draft, plan.after)
    turn = Turn(releases, release.revision)

    def may_write() -> None:
        lock.check()
        turn.check()

    course = _Course()
    is_over = False
    try:
        for outcome in run(may_write):
            course.note(outcome)
            yield outcome
        is_over = True
        if not course.failures and not course.is_left:
            with suppress(ExternalError):  # too wide a set is found again by the next apply
                applyset.narrow(
                    members - course.gone, (item.ref for item in inventory_of([newest or draft]))
                )
    finally:
        problem = "; ".join(course.failures) or ("" if is_over else "interrupted")
        release = replace(release, runs={**release.runs, **course.runs})
        is_left = course.is_left and not problem
        end = _running(release) if is_left else _ended(release, problem, plan, cluster)
        _settle(releases, end, plan)
    if not problem:
        with suppress(ExternalError):  # whoever may not remove records keeps them
            releases.forget(plan.keep)


@dataclass(slots=True)
class _Course:
    """What has happened so far while a plan is carried out.

    Attributes:
        runs: How far each run has come, by its qualified name.
        is_left: Whether something was left to go on by itself.
    """

    failures: list[str] = field(default_factory=list)
    gone: set[ObjectRef] = field(default_factory=set)
    runs: dict[str, RunState] = field(default_factory=dict)
    is_left: bool = False

    def note(self, outcome: Outcome) -> None:
        is_run, name = kind_of(outcome.ref).life is Life.RUN, outcome.ref.qualified
        match outcome:
            case Written() if is_run:
                self.runs[name] = RunState.STARTED
            case Reached(goal=Goal.COMPLETED) if is_run:
                self.runs[name] = RunState.COMPLETED
            case Failed(finding=finding):
                self.failures.append(finding.message)
                if is_run and finding.rule == OBJECT_FAILED:
                    self.runs[name] = RunState.FAILED
            case Deleted(ref=ref):
                self.gone.add(ref)
                self.runs.pop(name, None)
            case Left():
                self.is_left = True
            case _:
                pass


def _is_recorded(newest: Release | None, draft: Release, plan: Plan) -> bool:
    if plan.has_changes or newest is None:
        return False
    return newest.status is ReleaseStatus.SUCCEEDED and newest.is_like(draft)


def _has_no_place(draft: Release, plan: Plan, cluster: ClusterPort) -> bool:
    if draft.verb is not ReleaseVerb.DELETE:
        return False
    state = namespaces_of(cluster, [_namespace(plan)])[plan.target.namespace]
    return state in {NamespaceState.MISSING, NamespaceState.GOING}


def _running(release: Release) -> Release:
    return replace(release, status=ReleaseStatus.RUNNING, finished="", problem="")


def _ended(release: Release, problem: str, plan: Plan, cluster: ClusterPort) -> Release:
    is_known = not problem and all(Goal.READY <= step.until < Goal.GONE for step in plan.steps)
    return replace(
        release,
        status=ReleaseStatus.FAILED if problem else ReleaseStatus.SUCCEEDED,
        finished=_now(),
        problem=problem,
        images=running_images(release, cluster) if is_known else {},
    )


def _settle(releases: Releases, end: Release, plan: Plan) -> None:
    """Record how a plan ended, unless the record is gone with the namespace that it removed."""
    place = _namespace(plan).ref
    if any(step.ref == place and step.action is Action.DELETE for step in plan.steps):
        with suppress(ExternalError):
            releases.settle(end)
        return
    try:
        releases.settle(end)
    except ExternalError:
        if end.status is ReleaseStatus.SUCCEEDED:
            raise
        # What made it fail is the news; its release stays pending, as after a crash.


def running_images(release: Release, cluster: ClusterPort) -> Digests:
    """Return which digests the pods now run of the images of a release; best effort.

    Pods that the server does not show are left out.
    """
    namespaces = sorted({item.ref.namespace for item in release.manifests if item.ref.namespace})
    try:
        pods = [pod for name in namespaces for pod in cluster.list_objects("v1", "Pod", name)]
    except ExternalError:
        return {}
    return image_digests(release, pods)


def promoter(root: Path) -> str:
    """Return who promotes: the author of git commits here, or else who would apply."""
    return git_identity(root) or user()


def _circumstances(
    app: AnyApp,
    compiled: CompiledEnvironment,
    newest: Release | None,
    secret: Collection[ParameterRef],
    besides: Sequence[Manifest],
) -> Circumstances:
    lock = read_lock(app.root)
    name = compiled.environment.name
    promotion = format_of(app).promotion(name)
    used = sorted(str(package) for package in compiled.environment.packages.values())
    return Circumstances(
        packages={name: lock[name].sha256 if name in lock else "" for name in used},
        source=source_state(app.root),
        tool=f"kuplet {version_of('kuplet')}",
        user=user(),
        started=_now(),
        promoted=promotion.promoted if promotion else None,
        secret=frozenset(secret),
        salt=(newest.salt if newest else "") or secrets.token_hex(_SALT_BYTES),
        besides=tuple(besides),
    )


def _namespace(plan: Plan) -> Manifest:
    """Return the namespace that releases are kept in, as the plan makes it if it does."""
    own = namespace_manifest(plan.owner, plan.target.namespace)
    planned = (step.manifest for step in plan.steps if step.ref == own.ref)
    return next(planned, own)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def user() -> str:
    """Return who applies: what a CI system says, or the login name."""
    named = [name for variable in _CI_USERS if (name := os.environ.get(variable))]
    try:
        return named[0] if named else getpass.getuser()
    except (OSError, KeyError):  # a container may run as a number without a name
        return str(os.getuid())
