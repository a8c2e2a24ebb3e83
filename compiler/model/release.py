"""A release: one recorded apply of an environment."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from compiler.model.app import Need
from compiler.model.change import Action
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.manifest import Manifest, Origin, manifest_of
from compiler.model.promotion import Promoted
from compiler.model.ref import ParameterRef

Digests: TypeAlias = Mapping[str, Mapping[str, str]]
"""Which digests pods run of each image, as it is written, and a pod that runs each of them.

Two digests of one image mean that its tag was moved between the starts of two pods.
"""


class ReleaseVerb(enum.StrEnum):
    """What a release records."""

    APPLY = "apply"
    DELETE = "delete"
    ROLLBACK = "rollback"


class RunState(enum.StrEnum):
    """How far a run had come when the release that started it, or found it, ended."""

    STARTED = "started"
    COMPLETED = "completed"
    FAILED = "failed"


class ReleaseStatus(enum.StrEnum):
    """How an apply ended; one that is pending still runs, or was killed.

    One that is running was left before the end of its runs, which go on by themselves.
    """

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedParameter:
    """A parameter as it counted.

    Attributes:
        value: Its digest if it is secret.
        source: Where it was set: ``environments/prod.yaml:12``.
        is_secret: Whether the value of a Secret is made of it.
    """

    value: JsonValue
    source: str
    is_secret: bool = False


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
        app_id: Tells the app from others of its name; empty when it does not say.
        revision: 1 for the first apply of an environment to a namespace.
        digest: That of the compiled environment, salted if it has Secrets.
        components: What was applied or deleted; empty for the whole environment.
        parameters: By component and name.
        packages: Digest of each package, by ``registry/name@version``; empty when it is not locked.
        objects: What was applied, in dependency order; of a delete, what stayed.
        started: When, in UTC, as ISO 8601.
        promoted: What the environment's file named as brought into it last, by `kuplet promote`.
        finished: Empty while it is pending or running.
        problem: Why it failed.
        images: What the pods ran at the end; empty when nobody waited for them.
        verb: What it records.
        rollback_of: Which earlier release a rollback has brought back; 0 for the others.
        runs: How far each run had come, by its qualified name: it may be gone since.
        needs: What each component waits for, by its name; those that wait for nothing are left out.
        applyset: The id of the set whose label its objects have; empty before kuplet put any.
        lock_taken_from: Who had the lock and did not give it back; empty when it was free.
        besides: What else of the environment may have been there when it began: the objects of
            components that it is not about, and what had left the app. Their identities and labels.
        actions: What its plan was to do to each object that is not kept, by its qualified name;
            ``None`` before kuplet recorded that.
        salt: What goes into every digest of a secret value; every release of an environment has
            that of the one before, so that they can be compared. It never leaves the cluster.
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
    promoted: Promoted | None = None
    finished: str = ""
    problem: str = ""
    images: Digests = field(default_factory=dict)
    verb: ReleaseVerb = ReleaseVerb.APPLY
    app_id: str = ""
    salt: str = ""
    applyset: str = ""
    lock_taken_from: str = ""
    rollback_of: int = 0
    runs: Mapping[str, RunState] = field(default_factory=dict)
    needs: Mapping[str, tuple[Need, ...]] = field(default_factory=dict)
    besides: tuple[JsonObject, ...] = ()
    actions: Mapping[str, Action] | None = None

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """The objects with their identities; which component made them is in their labels only."""
        origin = Origin(component="", file="the release")
        return tuple(manifest_of(body, origin) for body in self.objects)

    @property
    def recorded(self) -> dict[ParameterRef, RecordedParameter]:
        """All parameters, by component and name."""
        return {
            ParameterRef(component, name): parameter
            for component, parameters in self.parameters.items()
            for name, parameter in parameters.items()
        }

    @property
    def stands(self) -> bool:
        """Whether all that it records was applied and nothing says that it is gone."""
        return self.status is ReleaseStatus.SUCCEEDED and self.verb is not ReleaseVerb.DELETE

    def is_like(self, other: "Release") -> bool:
        """Return whether the same was applied; who did it when does not matter."""
        return same(self.content, other.content)

    @property
    def content(self) -> JsonObject:
        """What it records of the app."""
        return {
            "verb": self.verb.value,
            "appId": self.app_id,
            "digest": self.digest,
            "components": list(self.components),
            "parameters": {
                component: {
                    name: [parameter.value, parameter.source, parameter.is_secret]
                    for name, parameter in parameters.items()
                }
                for component, parameters in self.parameters.items()
            },
            "packages": dict(self.packages),
        }
