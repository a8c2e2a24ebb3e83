"""Finds what an environment has in its cluster, by its last release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from compiler.errors import ExternalError, UsageError
from compiler.executor.port import ClusterPort
from compiler.executor.runs import with_live_runs
from compiler.formats.format import AnyApp
from compiler.model.app import Environment
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest
from compiler.model.owner import component_of
from compiler.model.release import RunState
from compiler.stages.names import did_you_mean
from compiler.verbs.compile import compile_environment
from compiler.verbs.inventory import last_applied
from compiler.verbs.record import releases_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What of an environment is asked about.

    Attributes:
        manifests: The objects, under the names that they have in the cluster.
        revision: The release that has them; 0 where they are those of the app.
        runs: How far each run had come when the release ended, by its qualified name.
    """

    environment: Environment
    manifests: tuple[Manifest, ...]
    revision: int = 0
    runs: Mapping[str, RunState] = field(default_factory=dict)

    def live(self, cluster: ClusterPort) -> list[JsonObject]:
        """Return those that are there.

        Raises:
            ExternalError: The server does not let us look.
        """
        return [live for item in self.manifests if (live := cluster.read(item)) is not None]


def applied(
    app: AnyApp, environment: Environment, cluster: ClusterPort, components: Sequence[str] = ()
) -> Applied:
    """Return what the last release has; what the app says where there is none, or none to read.

    Args:
        components: The only ones that are asked about, if any are named.

    Raises:
        UsageError: There is no such component, neither in the app nor in the release.
        AppError: The app does not compile, and there is no release.
    """
    releases = releases_of(environment, cluster)
    try:
        last = last_applied(releases, releases.newest())
    except ExternalError:
        last = None
    if last is None:
        compiled = with_live_runs(compile_environment(app, environment.name), cluster)
        manifests, of = compiled.manifests, {i.ref: i.origin.component for i in compiled.manifests}
    else:
        manifests, of = last.manifests, {i.ref: component_of(i.body) for i in last.manifests}
    known = {*of.values(), *(item.name for item in environment.components)}
    for name in components:
        if name not in known:
            message = f'environment "{environment.name}" has no component "{name}"'
            hint = did_you_mean(name, known)
            raise UsageError(Finding(rule="component-unknown", message=message, hint=hint))
    return Applied(
        environment=environment,
        manifests=tuple(i for i in manifests if not components or of[i.ref] in components),
        revision=last.revision if last else 0,
        runs=last.runs if last else {},
    )
