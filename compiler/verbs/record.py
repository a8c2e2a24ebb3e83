"""Records applies: before the first write, and how they end."""

import getpass
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.errors import ExternalError
from compiler.formats.ksonnet.app import KsonnetApp
from compiler.formats.kuplet.lock import read_lock
from compiler.git.source_state import git_identity, source_state
from compiler.model.app import App, Environment, Goal
from compiler.model.compiled import CompiledEnvironment
from compiler.model.manifest import Manifest, ObjectRef
from compiler.model.outcome import Failed, Outcome
from compiler.model.plan import Plan
from compiler.model.release import Digests, Release, ReleaseStatus
from compiler.stages.images import image_digests
from compiler.stages.promotion.promotion import promotion_of
from compiler.stages.release import Circumstances, draft_release

if TYPE_CHECKING:
    from compiler.cluster.cluster import Cluster
    from compiler.cluster.releases import Releases

_CI_USERS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN")


def releases_of(environment: Environment, cluster: "Cluster") -> "Releases":
    """Return the releases of an environment in its destination."""
    from compiler.cluster.releases import Releases

    return Releases(cluster, environment.namespace, environment.owner)


def draft_of(
    app: App | KsonnetApp,
    compiled: CompiledEnvironment,
    manifests: Sequence[Manifest],
    components: Sequence[str],
    secret: Collection[str],
) -> Release:
    """Return the record of an apply of ``manifests`` that is about to begin.

    Args:
        components: The components that were named; empty for all.
        secret: The parameters, as ``component.name``, of which only a digest is recorded.
    """
    lock = read_lock(app.root)
    name = compiled.environment.name
    promotion = None if isinstance(app, KsonnetApp) else promotion_of(app, name)
    used = sorted(str(package) for package in compiled.environment.packages.values())
    circumstances = Circumstances(
        packages={name: lock[name].sha256 if name in lock else "" for name in used},
        source=source_state(app.root),
        tool=f"kuplet {version('kuplet')}",
        user=_user(),
        started=_now(),
        promoted=promotion.promoted if promotion else None,
        secret=frozenset(secret),
    )
    return draft_release(compiled, manifests, components, circumstances)


def recorded(
    outcomes: Iterator[Outcome],
    draft: Release,
    plan: Plan,
    environment: Environment,
    cluster: "Cluster",
) -> Iterator[Outcome]:
    """Yield the outcomes of an apply; record it before the first and after the last.

    Nothing is recorded when nothing has to be written and the newest release says the same.
    """
    releases = releases_of(environment, cluster)
    newest = releases.newest()
    if newest and not plan.comparison.has_changes and _says_the_same(newest, draft):
        yield from outcomes
        return
    release = releases.begin(draft, _namespace(plan, environment))
    failures: list[str] = []
    is_over = False
    try:
        for outcome in outcomes:
            if isinstance(outcome, Failed):
                failures.append(outcome.finding.message)
            yield outcome
        is_over = True
    finally:
        has_succeeded = is_over and not failures
        is_known = has_succeeded and all(step.until >= Goal.READY for step in plan.steps)
        end = replace(
            release,
            status=ReleaseStatus.SUCCEEDED if has_succeeded else ReleaseStatus.FAILED,
            finished=_now(),
            problem="; ".join(failures) or ("" if is_over else "interrupted"),
            images=running_images(release, cluster) if is_known else {},
        )
        try:
            releases.settle(end)
        except ExternalError:
            if has_succeeded:
                raise
            # What made the apply fail is the news; its release stays pending, as after a crash.


def running_images(release: Release, cluster: "Cluster") -> Digests:
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
    return git_identity(root) or _user()


def _says_the_same(newest: Release, draft: Release) -> bool:
    return newest.status is ReleaseStatus.SUCCEEDED and newest.is_like(draft)


def _namespace(plan: Plan, environment: Environment) -> Manifest:
    """Return the namespace that releases are kept in, as the plan makes it if it does."""
    from compiler.cluster.compare import namespace_manifest

    ref = ObjectRef("", "Namespace", "", environment.namespace)
    planned = (step.change.manifest for step in plan.steps if step.ref == ref)
    return next(planned, None) or namespace_manifest(environment)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _user() -> str:
    """Return who applies: what a CI system says, or the login name."""
    named = [name for variable in _CI_USERS if (name := os.environ.get(variable))]
    try:
        return named[0] if named else getpass.getuser()
    except (OSError, KeyError):  # a container may run as a number without a name
        return str(os.getuid())
