"""What the executor needs of a cluster, and how a cluster refuses.

`compiler.cluster` has the one that is reached over the network; tests have one in memory. A suite
of tests holds both to the same contract.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from compiler.errors import ExternalError
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, ObjectRef, objects_at, text_at

Place: TypeAlias = tuple[str | int, ...]  # of a field in an object

FIELD_MANAGER = "kuplet"
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, UNPROCESSABLE = 401, 403, 404, 409, 422
TOO_MANY, UNAVAILABLE = 429, 503  # answers of a server that has not begun with the request
SERVER_ERROR = 500  # from here on it is the server's own trouble
TRY_LATER = "look at the API server, then try again"
_TRANSIENT = {408, TOO_MANY, 500, 502, UNAVAILABLE, 504}
_MANAGER = re.compile(r'conflict with "([^"]+)"')
_VERDICTS = {"Invalid", "Forbidden"}  # a webhook may answer 500 with one of these
# With these words, and 500, it refuses an apply whose fields are of other types than the schema's.
_UNREADABLE = ("failed to create typed patch object", "failed to convert new object")


@dataclass(frozen=True, slots=True)
class Cause:
    """One part of an API server's refusal."""

    field: str
    message: str
    reason: str


class ApiError(ExternalError):
    """The API server answered with an error.

    Whoever knows which object it is about makes a better finding of it: see `refusal`.

    Attributes:
        retry_after_s: After how many seconds the server wants to be asked again, if it says so.
    """

    def __init__(self, code: int, body: JsonObject, retry_after_s: float | None = None) -> None:
        self.code = code
        self.retry_after_s = retry_after_s
        self.reason = text_at(body, "reason")
        self.message = text_at(body, "message") or f"HTTP status {code}"
        self.causes = tuple(
            Cause(text_at(item, "field"), text_at(item, "message"), text_at(item, "reason"))
            for item in objects_at(body, "details", "causes")
        )
        rule, hint = "cluster-refused", ""
        message = f"the API server refuses the request: {self.message}"
        if code == UNAUTHORIZED:
            rule, hint = "cluster-unauthorized", "log in again"
        elif self.is_trouble:
            rule, hint = "cluster-failed", TRY_LATER
            message = f"the API server cannot answer now: {self.message}"
        super().__init__(Finding(rule=rule, message=message, hint=hint))

    @property
    def is_conflict(self) -> bool:
        """Whether other field managers own fields that this write wants to change."""
        return any(cause.reason == "FieldManagerConflict" for cause in self.causes)

    @property
    def managers(self) -> set[str]:
        """Who owns them."""
        return {name for cause in self.causes for name in _MANAGER.findall(cause.message)}

    @property
    def conflicts(self) -> set[str]:
        """Which fields these are."""
        return {cause.field for cause in self.causes if cause.reason == "FieldManagerConflict"}

    @property
    def is_race(self) -> bool:
        """Whether somebody else's write came between the server's own reading and writing."""
        return self.code == CONFLICT and self.reason == "Conflict" and not self.is_conflict

    @property
    def is_verdict(self) -> bool:
        """Whether it is about what was asked for, whatever the code says."""
        return self.reason in _VERDICTS or self.message.startswith(_UNREADABLE)

    @property
    def is_trouble(self) -> bool:
        """Whether the server is busy or broken, which says nothing about what was asked."""
        return (self.code == TOO_MANY or self.code >= SERVER_ERROR) and not self.is_verdict

    @property
    def is_transient(self) -> bool:
        """Whether the same request may succeed a moment later."""
        return self.code in _TRANSIENT and not self.is_verdict

    @property
    def is_unstarted(self) -> bool:
        """Whether the server has surely not begun with the request."""
        return self.code in {TOO_MANY, UNAVAILABLE} or self.is_race


class LostAnswerError(ExternalError):
    """Nobody knows whether a request was carried out: its answer did not arrive."""


class ClusterPort(Protocol):
    """One cluster; safe to use from several threads.

    Every method raises `ApiError` for what the server refuses, and `ExternalError` where there was
    no answer.
    """

    @property
    def server(self) -> str:
        """URL of the API server."""
        ...

    @property
    def ca(self) -> str:
        """``sha256:…`` of the authority that vouches for the server; empty for the system's."""
        ...

    def serves(self, api_version: str, kind: str) -> bool:
        """Return whether a kind is served; kinds that appear later are found then."""
        ...

    def resource_of(self, api_version: str, kind: str) -> str:
        """Return how a kind is called in paths and in rules; empty when it is not served."""
        ...

    def has_status(self, api_version: str, kind: str) -> bool:
        """Return whether objects of this kind have a status that a controller writes."""
        ...

    def read(self, manifest: Manifest) -> JsonObject | None:
        """Return a manifest's live object, or ``None`` when it, or its kind, does not exist."""
        ...

    def read_cluster_scoped(self, api_version: str, kind: str, name: str) -> JsonObject | None:
        """Return a live object that lives outside namespaces, or ``None``."""
        ...

    def list_objects(
        self, api_version: str, kind: str, namespace: str = "", **query: str
    ) -> list[JsonObject]:
        """Return the objects of a kind, of one namespace or of all; empty when it is not served."""
        ...

    def list_metadata(
        self, api_version: str, kind: str, namespace: str, **query: str
    ) -> list[JsonObject]:
        """Return the objects of a kind in a namespace without anything but their metadata."""
        ...

    def pod_log(self, namespace: str, pod: str, container: str, **query: str) -> Iterator[bytes]:
        """Yield the lines of a container's log, without their ends.

        With ``follow`` it goes on as long as the container runs, but may end before: whoever wants
        more asks again.

        Raises:
            ApiError: There is none, or we may not read it.
        """
        ...

    def watch_objects(
        self,
        api_version: str,
        kind: str,
        namespace: str = "",
        *,
        only_metadata: bool = False,
        **query: str,
    ) -> Iterator[list[JsonObject]]:
        """Yield the objects of a kind, at once and after each change, for ever.

        Raises:
            ApiError: We may not list them, or watch them.
        """
        ...

    def apply(
        self,
        body: JsonObject,
        *,
        dry_run: bool = False,
        force: bool = False,
        manager: str = FIELD_MANAGER,
    ) -> JsonObject:
        """Server-side apply an object and return it as the server has it then.

        Doing it twice is doing it once, so it may be repeated when an answer is lost.
        """
        ...

    def without(self, manifest: Manifest, places: Sequence[Place]) -> JsonObject:
        """Return what a live object would be if some of its fields were removed; they stay."""
        ...

    def hand_over(self, manifest: Manifest, live: JsonObject, owners: list[JsonValue]) -> None:
        """Change who owns the fields of a live object, if it is still as it was read.

        Args:
            owners: Its new ``managedFields``.

        Raises:
            ApiError: Somebody has changed it since (`CONFLICT`).
        """
        ...

    def create(self, body: JsonObject) -> JsonObject:
        """Create an object, which must not exist yet; never repeated: see `create_once`.

        Raises:
            LostAnswerError: It may have been created, or not.
        """
        ...

    def delete(
        self,
        ref: ObjectRef,
        api_version: str,
        uid: str,
        grace_period_s: int | None = None,
        *,
        alone: bool = False,
    ) -> None:
        """Ask for the deletion of exactly the object with this uid; what it owns goes with it.

        It may be repeated: one that is gone already is no error.

        Args:
            alone: Whether what it owns stays.
            grace_period_s: How long its pods may take to stop; their own period by default.

        Raises:
            ApiError: An object of that name has another uid (`CONFLICT`).
        """
        ...

    def ask_service(self, namespace: str, name: str, port: str, path: str) -> JsonObject:
        """Return what a Service answers by HTTP; the API server passes the question on."""
        ...
