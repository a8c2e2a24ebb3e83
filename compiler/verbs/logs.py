"""Shows what the pods of an environment print."""

from collections.abc import Iterator, Sequence

from compiler.errors import ExternalError, UsageError
from compiler.executor.family import Family
from compiler.executor.pod_logs import LogChoice, LogItem, logs_from_now_on, logs_now
from compiler.executor.port import ClusterPort
from compiler.executor.watching import Watched
from compiler.kinds.kind import Life, Rules
from compiler.kinds.own_rules import rules_of
from compiler.kinds.readiness import readiness_of
from compiler.kinds.table import kind_of_live
from compiler.model.app import Goal
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import text_at
from compiler.verbs.applied import Applied

_MOST_NAMED = 10


def logs_of(
    found: Applied, cluster: ClusterPort, choice: LogChoice, replica: str = ""
) -> Iterator[LogItem]:
    """Yield what the pods have printed, by time.

    Args:
        replica: The only one of each object, as ``worker-0``; empty for all.

    Raises:
        UsageError: There is no such replica.
        ExternalError: There are no pods, or we may not look.
    """
    pods = _pods(found, cluster)
    if not pods:
        raise ExternalError(_no_pods(found))
    chosen = [pod for root, pod in pods if _is_replica(root, pod, replica)]
    if not chosen:
        raise UsageError(_no_replica(replica, [pod for _, pod in pods]))
    yield from logs_now(cluster, chosen, choice)


def followed_logs_of(
    found: Applied, cluster: ClusterPort, choice: LogChoice, replica: str = ""
) -> Iterator[LogItem]:
    """Yield what the pods print as it comes, until all that is asked about are runs that are over.

    Pods that come later are followed too.
    """
    sight = Watched(cluster, found.environment.owner.selector)
    rules = rules_of(found.environment.readiness)

    def pods() -> list[JsonObject]:
        return [pod for root, pod in _pods(found, sight) if _is_replica(root, pod, replica)]

    def is_over() -> bool:
        live = [item for item in found.live(sight) if kind_of_live(item).may_have_pods]
        return bool(live) and all(_is_over(item, sight, rules) for item in live)

    return logs_from_now_on(cluster, pods, choice, is_over)


def _is_over(live: JsonObject, cluster: ClusterPort, rules: Rules) -> bool:
    """Return whether an object is a run that has come to its end."""
    state = readiness_of(live, cluster, rules)
    has_ended = state.has_failed or state.reached is Goal.COMPLETED
    return kind_of_live(live).life is Life.RUN and has_ended


def _pods(found: Applied, cluster: ClusterPort) -> list[tuple[JsonObject, JsonObject]]:
    return Family(cluster, found.live(cluster)).pods()


def _is_replica(root: JsonObject, pod: JsonObject, replica: str) -> bool:
    """Return whether a pod is one of an object's replicas: ``worker-0`` of ``train-worker-0``."""
    name = text_at(pod, "metadata", "name")
    rest = name.removeprefix(f"{text_at(root, 'metadata', 'name')}-")
    return not replica or replica in {name, rest} or rest.startswith(f"{replica}-")


def _no_pods(found: Applied) -> Finding:
    names = ", ".join(str(item.ref) for item in found.manifests if item.ref.namespace)
    return Finding(
        rule="logs-no-pods",
        message="there are no pods",
        notes=(f"asked about: {names}",) if names else (),
        hint=f"see why: kuplet status {found.environment.name}; or wait for them: --follow",
    )


def _no_replica(replica: str, pods: Sequence[JsonObject]) -> Finding:
    names = [text_at(pod, "metadata", "name") for pod in pods]
    more = " …" if len(names) > _MOST_NAMED else ""
    return Finding(
        rule="logs-replica-unknown",
        message=f'no pod is the replica "{replica}"',
        hint=f"there are: {', '.join(names[:_MOST_NAMED])}{more}",
    )
