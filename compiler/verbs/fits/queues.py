"""Asks the real Kueue in the sandbox what becomes of an environment's jobs in their queues."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from compiler.executor.port import ApiError, ClusterPort
from compiler.executor.rehearsal import Queues, Rehearsal
from compiler.kinds.conditions import is_true
from compiler.kinds.queues import (
    GROUP,
    PRIORITY_CLASS,
    QUEUE_KINDS,
    VERSIONS,
    WORKLOAD,
    queue_of,
)
from compiler.kinds.table import kind_of
from compiler.model.app import Goal
from compiler.model.compiled import CompiledEnvironment
from compiler.model.dag import Dependency, ManifestDag
from compiler.model.finding import Finding, Severity
from compiler.model.fit import Obstacle
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, text_at
from compiler.stages.fits.admission import admission_obstacle
from compiler.stages.fits.queues import is_copy
from compiler.verbs.destination import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """What Kueue said.

    Attributes:
        obstacles: By object; none for what is admitted at once.
        unknown: What it could not be asked about.
        unseen: A warning that says why.
    """

    obstacles: Mapping[ObjectRef, Sequence[Obstacle]] = field(default_factory=dict)
    unknown: frozenset[ObjectRef] = frozenset()
    unseen: tuple[Finding, ...] = ()


def queue_obstacles(
    compiled: CompiledEnvironment,
    makers: Sequence[Manifest],
    cluster: ClusterPort,
    open_sandbox: Callable[[], Target],
) -> Queued:
    """Return what Kueue says of those of an environment's objects that wait in queues.

    They are asked about in the order of an apply; what must be completed before another one begins
    has left the queue by then.

    Args:
        cluster: Whose queues they are, besides those of the environment, and who waits there.
    """
    jobs = [item for item in makers if queue_of(item.body)]
    if not jobs:
        return Queued()
    try:
        queues = _queues(compiled, jobs, cluster)
    except ApiError as error:
        return _unseen(jobs, f"queues and what waits in them cannot be seen: {error.message}")
    if not queues.objects and not _version(cluster, WORKLOAD):
        names = ", ".join(sorted({f'"{queue_of(item.body)}"' for item in jobs}))
        return _unseen(jobs, f"the cluster has no Kueue, so nothing is said of queue {names}")
    found: dict[ObjectRef, Sequence[Obstacle]] = {}
    over = _Over(compiled.dag)
    with Rehearsal(open_sandbox().cluster, queues) as rehearsal:
        for job in jobs:
            rehearsal.finish(over.before(job.ref))
            state = rehearsal.submit(job)
            obstacle = admission_obstacle(job, state)
            if obstacle:
                found[job.ref] = (obstacle,)
            if state.has_failed:  # it is in nobody's way
                rehearsal.finish([job.ref])
    return Queued(obstacles=found)


def _unseen(jobs: Sequence[Manifest], message: str) -> Queued:
    found = Finding(rule="fits-unseen", severity=Severity.WARNING, message=message)
    return Queued(unknown=frozenset(item.ref for item in jobs), unseen=(found,))


def _queues(
    compiled: CompiledEnvironment, jobs: Sequence[Manifest], cluster: ClusterPort
) -> Queues:
    """Return the queues of a cluster, those of the environment instead where it has them."""
    kinds = (*QUEUE_KINDS, PRIORITY_CLASS)
    live = (item for kind in kinds for item in _list(cluster, kind))
    own = (item.body for item in compiled.manifests if item.ref.group == GROUP)
    found = {
        (text_at(item, "kind"), text_at(item, "metadata", "namespace"), _name(item)): item
        for item in (*live, *own)
    }
    classes = (item for item in found.values() if text_at(item, "kind") == PRIORITY_CLASS)
    spaces = {item.ref.namespace for item in jobs}
    return Queues(
        objects=list(found.values()),
        priorities={_name(item): item.get("value") for item in classes},
        others=[
            item
            for item in _list(cluster, WORKLOAD)
            if text_at(item, "metadata", "namespace") not in spaces
            and not is_true(item, "Finished")
        ],
    )


def _name(body: JsonObject) -> str:
    return text_at(body, "metadata", "name")


def _list(cluster: ClusterPort, kind: str) -> list[JsonObject]:
    version = _version(cluster, kind)
    items = cluster.list_objects(version, kind) if version else []
    return [item for item in items if not is_copy(item)]


def _version(cluster: ClusterPort, kind: str) -> str:
    return next((item for item in VERSIONS if cluster.serves(item, kind)), "")


def _is_over(need: Dependency) -> bool:
    """Return whether what is needed has come to its end when its dependent begins."""
    ends = need.until >= Goal.READY and kind_of(need.needed).is_ready_when_over
    return ends or need.until is Goal.COMPLETED


class _Over:
    """What is completed before an object begins."""

    def __init__(self, dag: ManifestDag) -> None:
        self._dag = dag
        self._known: dict[ObjectRef, frozenset[ObjectRef]] = {}

    def before(self, ref: ObjectRef) -> frozenset[ObjectRef]:
        """Return the objects that have completed when an object begins."""
        if ref not in self._known:
            needs = list(self._dag.needs_of(ref))
            own = {need.needed for need in needs if _is_over(need)}
            self._known[ref] = frozenset(own).union(*(self.before(need.needed) for need in needs))
        return self._known[ref]
