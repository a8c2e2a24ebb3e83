"""A run: one execution of a job of an environment, of which there may be many."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from compiler.model.json import JsonValue
from compiler.model.manifest import Manifest


class RunStatus(enum.StrEnum):
    """How far a run is: what its object says, or of one that is gone what releases say."""

    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    UNKNOWN = "unknown"  # it is gone, and nobody saw how it ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run, as the releases and the cluster know it.

    Attributes:
        manifest: The object as it was applied.
        release: The number of the release that started it.
        user: Who started it.
        started: When, in UTC, as ISO 8601: by the object, or by the release where that is gone.
        seconds: How long it took, or takes; ``None`` where nobody knows.
        message: What it waits for or why it failed.
        parameters: Those of its component.
        images: The digest of each image that its pods ran; empty where nobody saw that.
        gpus: How many devices its pods ask for, such as ``nvidia.com/gpu``, by resource.
        is_newest: Whether it is the last run of its job.
        is_there: Whether its object exists.
        uid: That of the object.
    """

    manifest: Manifest
    release: int
    user: str
    status: RunStatus
    started: str
    parameters: Mapping[str, JsonValue]
    images: Mapping[str, str]
    gpus: Mapping[str, Fraction]
    is_newest: bool
    seconds: float | None = None
    message: str = ""
    is_there: bool = False
    uid: str = ""

    @property
    def name(self) -> str:
        """How people name it."""
        return str(self.manifest.ref)

    @property
    def is_over(self) -> bool:
        """Whether it will do nothing any more."""
        return self.status in {RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.UNKNOWN}

    @property
    def gpu_hours(self) -> float | None:
        """Devices times hours; ``None`` where its time is not known."""
        if self.seconds is None:
            return None
        return float(sum(self.gpus.values(), Fraction(0))) * self.seconds / 3600
