"""A release: one recorded apply of an environment."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from compiler.model.json import JsonObject, JsonValue


class ReleaseStatus(enum.StrEnum):
    """How an apply ended; one that is pending still runs, or was killed."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedParameter:
    """A parameter as it counted.

    Attributes:
        source: Where it was set: ``environments/prod.yaml:12``.
    """

    value: JsonValue
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """The version of the app's files.

    Attributes:
        commit: Empty outside a git repository.
        is_dirty: Whether files differed from that commit.
    """

    commit: str = ""
    branch: str = ""
    is_dirty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What was applied, from what, by whom. No value of a Secret is in it, only digests of them.

    Attributes:
        revision: 1 for the first apply of an environment to a namespace.
        digest: That of the compiled environment.
        components: What was applied; empty for the whole environment.
        parameters: By component and name.
        packages: Digest of each package, by ``registry/name@version``; empty when it is not locked.
        objects: What was applied, in dependency order.
        started: When, in UTC, as ISO 8601.
        finished: Empty while it is pending.
        problem: Why it failed.
    """

    app: str
    environment: str
    revision: int
    status: ReleaseStatus
    digest: str
    components: tuple[str, ...]
    parameters: Mapping[str, Mapping[str, RecordedParameter]]
    packages: Mapping[str, str]
    objects: tuple[JsonObject, ...]
    source: SourceState = field(default_factory=SourceState)
    tool: str = ""
    user: str = ""
    started: str = ""
    finished: str = ""
    problem: str = ""

    def is_like(self, other: "Release") -> bool:
        """Return whether the same was applied; who did it when does not matter."""
        mine = (self.digest, self.components, self.parameters, self.packages)
        return mine == (other.digest, other.components, other.parameters, other.packages)
