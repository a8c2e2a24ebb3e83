"""Groups of a leader and its workers, which serve a model together."""

from collections.abc import Iterator

from compiler.kinds.conditions import explained, is_true, number, pending
from compiler.kinds.kind import RESOURCES, Kind, alone
from compiler.kinds.pod_template import PodTemplate
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, text_at
from compiler.model.readiness import Readiness

GROUP = "leaderworkerset.x-k8s.io"


def leader_worker_set(live: JsonObject) -> Readiness:
    """Ready when all groups are, and of the newest version as far as that is asked for."""
    wanted = number(live, "spec", "replicas", default=1)
    rolling = mapping_at(live, "spec", "rolloutStrategy", "rollingUpdateConfiguration")
    new = wanted - number(rolling, "partition")
    ready, updated = (number(live, "status", f"{key}Replicas") for key in ("ready", "updated"))
    words = f"{ready} of {wanted} groups ready"
    if updated < new:
        return pending(f"{updated} of {new} groups updated, {words}")
    if ready < wanted:
        return pending(words)
    for change in ("UpdateInProgress", "Progressing"):
        if is_true(live, change):
            return pending(explained(live, change))
    if not is_true(live, "Available"):
        return pending("not seen by its controller yet")
    return Readiness(reached=Goal.READY, message=words)


def _pods(body: JsonObject) -> Iterator[PodTemplate]:
    """Yield the leaders and the workers; without a template of their own leaders are workers."""
    template = mapping_at(body, "spec", "leaderWorkerTemplate")
    groups = number(body, "spec", "replicas", default=1)
    size = number(template, "size", default=1)
    leader = mapping_at(template, "leaderTemplate", "spec")
    place = "spec.leaderWorkerTemplate"
    if leader:
        yield PodTemplate(
            path=f"{place}.leaderTemplate.spec", spec=leader, count=groups, role="leader"
        )
    yield PodTemplate(
        path=f"{place}.workerTemplate.spec",
        spec=mapping_at(template, "workerTemplate", "spec"),
        count=groups * (size - 1 if leader else size),
        count_field="spec.replicas",
        role="worker",
    )


def _pod_labels(live: JsonObject) -> JsonObject:
    return {"leaderworkerset.sigs.k8s.io/name": text_at(live, "metadata", "name")}


# Source: lws/api/leaderworkerset/v1 and pkg/controllers of version 0.9.
ROWS = (
    Kind(
        group=GROUP,
        kind="LeaderWorkerSet",
        pods=_pods,
        pod_labels=_pod_labels,
        readiness=alone(leader_worker_set),
        is_rolled=True,
        manner="group after group",
        amounts=RESOURCES,
        regretted_as=f"{GROUP}/v1",
    ),
)
