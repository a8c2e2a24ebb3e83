"""Kueue: a job with a queue is suspended until it is admitted, whoever wrote that."""

from compiler.kinds.conditions import pending
from compiler.model.json import JsonObject
from compiler.model.manifest import text_at
from compiler.model.outcome import Readiness

QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
PRIORITY_LABEL = "kueue.x-k8s.io/priority-class"


def queue_of(body: JsonObject) -> str:
    """Return the LocalQueue that a job waits in; empty when it names none."""
    return text_at(body, "metadata", "labels", QUEUE_LABEL)


def queued(live: JsonObject) -> Readiness:
    """Return that a job waits for its queue to admit it."""
    return pending(f'queued in "{queue_of(live)}"')
