"""Keeps two applies of one environment apart: a Lease that its holder renews, and that expires.

Expiry only decides who may take the lock. Whoever has lost it finds out at the next renewal at the
latest, and writes nothing more from then on.
"""

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from compiler.errors import ExternalError
from compiler.executor.create import create_once
from compiler.executor.port import CONFLICT, TRY_LATER, ApiError, ClusterPort
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import manifest_of, mapping_at, text_at
from compiler.model.owner import MANAGER, Owner
from compiler.stages.words import duration

FIELD_MANAGER = f"{MANAGER}-lock"
_HOLDER, _VERB = "kuplet.dev/lock-holder", "kuplet.dev/lock-verb"
LOCK_STORE = "lock-store"  # the server does not let us look at the lock, or take it
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"  # MicroTime
_BETWEEN_LOOKS_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Locking:
    """What to do where somebody else has the lock.

    Attributes:
        wait_s: How long to wait for it.
        take: Whether to take it.
        lease_s: How long it is ours without being renewed.
    """

    wait_s: float = 0.0
    take: bool = False
    lease_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has the lock.

    Attributes:
        id: Tells one process from all others.
        words: Who that is, for people.
        verb: What it does.
        since: When it took the lock.
        renewed: When it last said that it is alive.
        lease_s: How long it may be silent.
    """

    id: str
    words: str
    verb: str
    since: datetime
    renewed: datetime
    lease_s: float

    @property
    def silent_s(self) -> float:
        """For how long it has said nothing, by our clock."""
        return max((datetime.now(UTC) - self.renewed).total_seconds(), 0.0)

    @property
    def is_expired(self) -> bool:
        """Whether it has been silent for longer than it may."""
        return self.silent_s > self.lease_s

    @property
    def seems_dead(self) -> bool:
        """Whether it should have said something."""
        return self.silent_s > self.lease_s / 2

    def __str__(self) -> str:
        age = duration((datetime.now(UTC) - self.since).total_seconds())
        return f"{self.words}: {self.verb}, for {age}"


class Lock:
    """The lock of one environment in one cluster."""

    def __init__(
        self, cluster: ClusterPort, namespace: str, owner: Owner, locking: Locking = Locking()
    ) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._owner = owner
        self._locking = locking
        self._id = uuid.uuid4().hex
        self._annotations: JsonObject = {}
        self._live: JsonObject = {}
        self._renewed = 0.0
        self._lost = ""
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    def wait(self, say: Callable[[str], None] = lambda _: None) -> JsonObject | None:
        """Wait until nobody has the lock, as long as was said, and return the lease.

        Whoever has missed a renewal is waited for longer: it says something, or its lock ends.

        Args:
            say: Called with a line when there is somebody to wait for.

        Raises:
            ExternalError: Somebody has it still, or the server does not let us look.
        """
        until = time.monotonic() + self._locking.wait_s
        told = ""
        while True:
            live = self._read()
            holder = _holder_of(live)
            if holder is None or holder.is_expired or self._locking.take:
                return live
            if time.monotonic() >= until and not holder.seems_dead:
                raise ExternalError(self._held(holder))
            if holder.id != told:
                say(f"waiting for {holder}, last heard of {duration(holder.silent_s)} ago")
                told = holder.id
            time.sleep(_BETWEEN_LOOKS_S)

    def take(self, user: str, verb: str) -> str:
        """Take the lock, and renew it until it is given back; return whose it was, if not free.

        Args:
            user: Who asks for it.
            verb: What for.

        Raises:
            ExternalError: Somebody else has it, or the server refuses.
        """
        words = f"{user} on {socket.gethostname()}, process {os.getpid()}"
        self._annotations = {_HOLDER: words, _VERB: verb}
        while True:
            before = self.wait()
            try:
                self._live = self._acquire(before)
            except ApiError as failure:
                if failure.code != CONFLICT:
                    raise self._failed(failure) from failure
                ours = self._ours()
                if ours is None:  # somebody was faster
                    continue
                self._live = ours
            break
        self._renewed = time.monotonic()
        self._thread = threading.Thread(target=self._keep_renewing, daemon=True)
        self._thread.start()
        former = _holder_of(before)
        return str(former) if former else ""

    def check(self) -> None:
        """Check that the lock is still ours.

        Raises:
            ExternalError: Somebody took it, or it could not be renewed in time.
        """
        if self._lost:
            message = f"the lock of {self._owner} was taken by {self._lost}"
        elif time.monotonic() - self._renewed > self._locking.lease_s:
            message = f"the lock of {self._owner} could not be renewed"
        else:
            return
        message = f"{message}, so nothing more is written"
        hint = "see what happened with: kuplet history; then apply again"
        raise ExternalError(Finding(rule="lock-lost", message=message, hint=hint))

    def give_back(self) -> None:
        """Let others have the lock; if the cluster cannot be told, it expires."""
        self._is_over.set()
        if self._thread:
            self._thread.join()
        if not self._lost:
            with suppress(ExternalError):
                self._free()

    def _free(self) -> None:
        try:
            self._write({**mapping_at(self._live, "spec"), "holderIdentity": ""}, self._live)
        except ApiError as failure:
            ours = self._ours() if failure.code == CONFLICT else None
            if ours is not None:  # the answer to a renewal was lost
                self._write({**mapping_at(ours, "spec"), "holderIdentity": ""}, ours)

    def _acquire(self, before: JsonObject | None) -> JsonObject:
        turns = mapping_at(before, "spec").get("leaseTransitions")
        spec: JsonObject = {
            "holderIdentity": self._id,
            "leaseDurationSeconds": max(round(self._locking.lease_s), 1),
            "acquireTime": _now(),
            "renewTime": _now(),
            "leaseTransitions": turns + 1 if isinstance(turns, int) else 0,
        }
        if before is None:
            return create_once(self._cluster, self._lease(spec))
        return self._write(spec, before)

    def _keep_renewing(self) -> None:
        while not (self._lost or self._is_over.wait(self._locking.lease_s / 3)):
            with suppress(ExternalError):  # it may work again before the lease ends
                self._renew()

    def _renew(self) -> None:
        begun = time.monotonic()
        try:
            self._live = self._write(
                {**mapping_at(self._live, "spec"), "renewTime": _now()}, self._live
            )
        except ApiError as failure:
            if failure.code != CONFLICT:
                raise
            ours = self._ours()
            if ours is None:
                holder = _holder_of(self._read())
                self._lost = str(holder) if holder else "somebody who has given it back"
                return
            self._live = ours
        self._renewed = begun

    def _ours(self) -> JsonObject | None:
        """Return the lease if we have it: after a conflict that was our own, of a lost answer."""
        live = self._read()
        holder = _holder_of(live)
        return live if holder and holder.id == self._id else None

    def _read(self) -> JsonObject | None:
        try:
            return self._cluster.read(manifest_of(self._lease({})))
        except ApiError as failure:
            raise self._failed(failure) from failure

    def _write(self, spec: JsonObject, before: JsonObject) -> JsonObject:
        """Write the lease over exactly the version that was seen."""
        version = text_at(before, "metadata", "resourceVersion")
        return self._cluster.apply(self._lease(spec, version), manager=FIELD_MANAGER, force=True)

    def _lease(self, spec: JsonObject, version: str = "") -> JsonObject:
        metadata: JsonObject = {
            "name": self._owner.applyset_name,
            "namespace": self._namespace,
            "labels": self._owner.labels,
            "annotations": self._annotations,
            **({"resourceVersion": version} if version else {}),
        }
        kind: JsonObject = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease"}
        return {**kind, "metadata": metadata, "spec": spec}

    def _held(self, holder: Holder) -> Finding:
        silent_s = holder.silent_s
        return Finding(
            rule="lock-held",
            message=f"{self._owner} is locked by {holder}",
            notes=(f"it was alive {duration(silent_s)} ago",),
            hint="wait for it: --wait-lock 5m; if it is dead, the lock ends in"
            f" {duration(holder.lease_s - silent_s)}; to take it at once: --take-lock",
        )

    def _failed(self, failure: ApiError) -> ExternalError:
        message = f"cannot lock {self._owner}: {failure.message}"
        right = f"the lock is a Lease in {self._namespace}; ask for the right to use it"
        hint = TRY_LATER if failure.is_trouble else right
        return ExternalError(Finding(rule=LOCK_STORE, message=message, hint=hint))


def _holder_of(live: JsonObject | None) -> Holder | None:
    """Return who holds a lease; what cannot be read has expired."""
    spec = mapping_at(live, "spec")
    if not text_at(spec, "holderIdentity"):
        return None
    annotations = mapping_at(live, "metadata", "annotations")
    seconds = spec.get("leaseDurationSeconds")
    return Holder(
        id=text_at(spec, "holderIdentity"),
        words=text_at(annotations, _HOLDER) or text_at(spec, "holderIdentity"),
        verb=text_at(annotations, _VERB) or "unknown work",
        since=_time(text_at(spec, "acquireTime")),
        renewed=_time(text_at(spec, "renewTime")),
        lease_s=float(seconds) if isinstance(seconds, int) else 0.0,
    )


def _time(text: str) -> datetime:
    with suppress(ValueError):
        return datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    return datetime.fromtimestamp(0, UTC)


def _now() -> str:
    return datetime.now(UTC).strftime(_TIME)
