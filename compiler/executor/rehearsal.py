"""Lets a real Kueue say what it would admit.

Queues, and the Workloads that wait in them, are made once more in the sandbox and removed again. No
pod is made: a Workload alone is all that Kueue's scheduler looks at.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from compiler.errors import ExternalError
from compiler.executor.port import ClusterPort
from compiler.kinds.conditions import READY, conditions_of, is_true
from compiler.kinds.queues import QUEUE_KINDS, WORKLOAD, admission, queued
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, manifest_of, text_at
from compiler.model.readiness import Readiness
from compiler.stages.fits.queues import PREFIX, VERSION, Copies

_LABEL = "kuplet.dev/rehearsal"
_LONGEST = timedelta(minutes=10)
_RESERVED = "QuotaReserved"
_PATIENCE_S, _PAUSE_S = 15.0, 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Queues:
    """What is rehearsed with.

    Attributes:
        objects: ResourceFlavors, Cohorts, ClusterQueues and LocalQueues, live or as written.
        priorities: The value of each WorkloadPriorityClass.
        others: The live Workloads of others that are admitted or wait.
    """

    objects: Sequence[JsonObject]
    priorities: JsonObject = field(default_factory=dict)
    others: Sequence[JsonObject] = ()


class Rehearsal:
    """Queues that are there as long as this is entered."""

    def __init__(self, cluster: ClusterPort, queues: Queues) -> None:
        self._cluster = cluster
        self._queues = queues
        self._copies = Copies(f"{PREFIX}{secrets.token_hex(4)}")
        self._made: list[JsonObject] = []
        self._workloads: dict[ObjectRef, Manifest] = {}

    def __enter__(self) -> Self:
        try:
            self._remove_old()
            self._make_queues()
            self._let_others_in()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._remove()

    def submit(self, job: Manifest) -> Readiness:
        """Return how a job fares that is submitted now; ready when it is admitted."""
        workload = self._make(self._copies.workload_of(job, self._queues.priorities))
        self._workloads[job.ref] = workload
        live = self._answered(workload)
        if is_true(live, _RESERVED):
            return READY
        if not _is_answered(live):
            return queued(job.body, ", of which Kueue has said nothing yet")
        everything = self._cluster.list_objects(VERSION, WORKLOAD, self._copies.name)
        state = admission(job.body, live, everything)
        said = self._copies.said_of_real(state.message, job.ref.namespace)
        return replace(state, message=said)

    def finish(self, refs: Collection[ObjectRef]) -> None:
        """Let jobs be over: their quota is free again."""
        for ref in refs:
            workload = self._workloads.pop(ref, None)
            if workload:
                self._delete(self._cluster.read(workload))

    def _make_queues(self) -> None:
        labels: JsonObject = {_LABEL: str(os.getpid())}
        metadata: JsonObject = {"name": self._copies.name, "labels": labels}
        self._make({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        for kind in QUEUE_KINDS:
            for item in self._queues.objects:
                if text_at(item, "kind") == kind:
                    self._make(self._copies.queue_object(item))

    def _remove_old(self) -> None:
        """Remove what a rehearsal left that was killed."""
        for space in self._cluster.list_objects("v1", "Namespace", labelSelector=_LABEL):
            if _is_going_on(space):
                continue
            copies = Copies(text_at(space, "metadata", "name"))
            for kind in reversed(QUEUE_KINDS):
                for item in self._cluster.list_objects(VERSION, kind):
                    if text_at(item, "metadata", "name").startswith(copies.prefix):
                        self._delete(item)
            self._delete(space)

    def _let_others_in(self) -> None:
        """Make the Workloads of others: first those that are admitted, then those that wait."""
        others = sorted(self._queues.others, key=lambda item: not is_true(item, _RESERVED))
        made = [
            self._make(self._copies.workload_like(item, number))
            for number, item in enumerate(others)
        ]
        for workload in made:
            self._answered(workload)

    def _answered(self, workload: Manifest) -> JsonObject:
        """Return a Workload when Kueue has said something of it, or after a while."""
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            live = self._cluster.read(workload) or {}
            if _is_answered(live) or time.monotonic() > deadline:
                return live
            time.sleep(_PAUSE_S)

    def _make(self, body: JsonObject) -> Manifest:
        live = self._cluster.apply(body)
        self._made.append(live)
        return manifest_of(live)

    def _remove(self) -> None:
        for live in reversed(self._made):
            with contextlib.suppress(ExternalError):  # the sandbox may be gone
                self._delete(live)

    def _delete(self, live: JsonObject | None) -> None:
        if live:
            found, uid = manifest_of(live), text_at(live, "metadata", "uid")
            self._cluster.delete(found.ref, found.api_version, uid, 0)


def _is_going_on(space: JsonObject) -> bool:
    """Return whether the process that rehearses in a namespace may still run.

    The sandbox listens on loopback, so it is one of this machine; its number may be another's now.
    """
    made = datetime.fromisoformat(text_at(space, "metadata", "creationTimestamp"))
    if datetime.now(UTC) - made > _LONGEST:
        return False
    try:
        os.kill(int(text_at(space, "metadata", "labels", _LABEL)), 0)
    except PermissionError:  # it is somebody else's
        return True
    except (ProcessLookupError, ValueError):
        return False
    return True


def _is_answered(workload: JsonObject) -> bool:
    """Return whether Kueue has given a Workload its quota, or said why not."""
    reserved = conditions_of(workload).get(_RESERVED, {})
    return text_at(reserved, "status") == "True" or bool(text_at(reserved, "message"))
