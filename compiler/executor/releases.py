"""Keeps the records of applies in the destination: gzip in Secrets of the environment's namespace.

What was applied is written before the first object and never changes; an annotation says how it
ended.
"""

import base64
import gzip
import io
import json
import re
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from compiler.errors import ExternalError
from compiler.executor.create import create_once
from compiler.executor.port import CONFLICT, TRY_LATER, ApiError, ClusterPort
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject
from compiler.model.manifest import ObjectRef, mapping_at, text_at
from compiler.model.owner import Owner
from compiler.model.release import Release, ReleaseStatus, RunState
from compiler.stages.release import KIND, release_document, release_of, superfluous

CHUNK_BYTES = 900 * 1024  # a Secret may hold 1 MiB
MANAGER = "kuplet-releases"
_TYPE = "kuplet.dev/release"
_REVISION, _PART = "kuplet.dev/release", "kuplet.dev/release-part"
_STATUS, _FINISHED, _PROBLEM, _IMAGES, _RUNS = (
    f"kuplet.dev/release-{name}" for name in ("status", "finished", "problem", "images", "runs")
)
_WRITER = "kuplet.dev/release-writer"  # tells our record from one of a rival at the same time
_GLANCE_S = 1.0  # how old the knowledge may be that nobody else has begun
_KEY = "release"
_MAX_PROBLEM = 1000
_MAX_IMAGES = 128 * 1024  # all annotations of an object may hold 256 KiB


_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_NAME = re.compile(rf"\.v({_NUMBER.pattern})\.[0-9]+$")
_MAX_BYTES = 200 * 2**20  # of a record that is unpacked; a thousand large objects have a tenth
# All that reading what somebody else wrote, or half of it, may end in.
_DAMAGES = (
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    zlib.error,
)


class Turn:
    """The right of a release to write: it ends when a newer release has begun."""

    def __init__(self, releases: "Releases", revision: int) -> None:
        self._releases = releases
        self._revision = revision
        self._lock = threading.Lock()
        self._looked = time.monotonic()

    def check(self) -> None:
        """Check that no newer release has begun; of writes at once only one looks.

        Raises:
            ExternalError: One has begun.
        """
        with self._lock:
            if time.monotonic() - self._looked < _GLANCE_S:
                return
            newest = self._releases.newest_revision()
            if newest <= self._revision:
                self._looked = time.monotonic()
                return
        message = f"release {newest} has begun, so this one, {self._revision}, writes nothing more"
        hint = "look at it with: kuplet history; apply again to bring this state back"
        raise ExternalError(Finding(rule="release-superseded", message=message, hint=hint))


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What the destination holds of an environment's releases.

    Attributes:
        releases: Those that can be read, the newest first.
        last: The highest number that is taken; 0 when there is none.
        damaged: A warning for each record that cannot be read.
    """

    releases: tuple[Release, ...] = ()
    last: int = 0
    damaged: tuple[Finding, ...] = ()

    @property
    def newest(self) -> Release | None:
        """The last release that can be read."""
        return next(iter(self.releases), None)


class Releases:
    """The releases of one environment in one namespace of one cluster."""

    def __init__(self, cluster: ClusterPort, namespace: str, owner: Owner) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._owner = owner

    def all(self) -> Records:
        """Return every release.

        Raises:
            ExternalError: The server does not let us read them.
        """
        found = self._read(self._cluster.list_objects, self._selector)
        parts, strange = _by_revision(found)
        order = sorted(parts, reverse=True)
        return replace(self._records(parts, strange, order), last=_last(found))

    def newest(self) -> Records:
        """Return the last release, and those after it that cannot be read; of others the names.

        Raises:
            ExternalError: The server does not let us read them.
        """
        every = self._read(self._cluster.list_metadata, self._selector)
        names, strange = _by_revision(every)
        parts: dict[int, list[JsonObject]] = {}
        found = self._records(parts, strange, ())
        for revision in sorted(names, reverse=True):
            selector = f"{self._selector}={revision}"
            parts[revision] = self._read(self._cluster.list_objects, selector)
            found = self._records(parts, strange, list(parts))
            if found.releases:
                break
        return replace(found, last=_last(every))

    def _records(
        self,
        parts: dict[int, list[JsonObject]],
        strange: Sequence[JsonObject],
        order: Sequence[int],
    ) -> Records:
        releases: list[Release] = []
        damaged = [self._damaged([body], "its label is no number") for body in strange]
        for revision in order:
            try:
                releases.append(replace(_release(parts[revision]), revision=revision))
            except _DAMAGES as error:
                reason = str(error) or type(error).__name__
                damaged.append(self._damaged(parts[revision], reason))
        return Records(releases=tuple(releases), damaged=tuple(damaged))

    def _damaged(self, parts: Sequence[JsonObject], reason: str) -> Finding:
        name = " ".join(text_at(body, "metadata", "name") for body in parts)
        return Finding(
            rule="release-damaged",
            severity=Severity.WARNING,
            message=f"the record of a release cannot be read, Secret/{self._namespace}/{name}:"
            f" {reason}",
            hint=f"it is passed over; to be rid of it: kubectl delete secret -n {self._namespace}"
            f" {name}",
        )

    def newest_revision(self) -> int:
        """Return the number of the last release, 0 when there is none; only names are read.

        Raises:
            ExternalError: The server does not let us read them.
        """
        return _last(self._read(self._cluster.list_metadata, self._selector))

    def forget(self, keep: int) -> None:
        """Remove the oldest records, so that about as many stay as are to be kept.

        Raises:
            ExternalError: The server does not let us.
        """
        every = self._read(self._cluster.list_metadata, self._selector)
        numbers, _ = _by_revision(every)
        if len(numbers) <= keep:
            return
        old = superfluous(self.all().releases, keep)
        for revision, parts in sorted(numbers.items()):
            for body in parts if revision in old else ():
                name, uid = (text_at(body, "metadata", key) for key in ("name", "uid"))
                self._cluster.delete(ObjectRef("", "Secret", self._namespace, name), "v1", uid)

    @property
    def _selector(self) -> str:
        return f"{self._owner.selector},{_REVISION}"

    def _read(self, read: Callable[..., list[JsonObject]], selector: str) -> list[JsonObject]:
        try:
            return read("v1", "Secret", self._namespace, labelSelector=selector)
        except ApiError as failure:
            raise _failed("read", failure) from failure

    def elsewhere(self) -> list[str]:
        """Return the other namespaces with objects of the environment's last release there, sorted.

        An environment that got another namespace has left them. Whoever may not look sees none.
        """
        try:
            found = self._cluster.list_metadata("v1", "Secret", "", labelSelector=self._selector)
            spaces = {
                text_at(item, "metadata", "namespace")
                for item in found
                if Owner.of(item) == self._owner
            }
            others = sorted(spaces - {self._namespace})
            newest = {
                space: Releases(self._cluster, space, self._owner).newest().newest
                for space in others
            }
        except (ApiError, ExternalError):
            return []
        return [space for space, last in newest.items() if last and last.objects]

    def begin(self, release: Release, after: int) -> Release:
        """Record an apply or a delete before its first write; return it with its revision.

        Args:
            after: The release that its plan was made on; 0 when there was none.

        Raises:
            ExternalError: Another one has begun since the plan was made, or the server refuses.
        """
        release = replace(release, revision=after + 1)
        for body in self._secrets(release):
            try:
                create_once(self._cluster, body)
            except ApiError as failure:
                if failure.code == CONFLICT:
                    message = "another apply of this environment has begun at the same time"
                    hint = "wait for it, then look at: kuplet history"
                    finding = Finding(rule="release-conflict", message=message, hint=hint)
                    raise ExternalError(finding) from failure
                raise _failed("record", failure) from failure
        return release

    def settle(self, release: Release) -> None:
        """Record how an apply ended."""
        images = json.dumps(release.images, sort_keys=True, separators=(",", ":"))
        annotations: JsonObject = {
            _STATUS: release.status.value,
            _FINISHED: release.finished,
            _PROBLEM: release.problem[:_MAX_PROBLEM],
            _IMAGES: images if len(images) <= _MAX_IMAGES else "{}",
            _RUNS: json.dumps(release.runs, sort_keys=True, separators=(",", ":")),
        }
        metadata: JsonObject = {
            "name": self._name(release, 1),
            "namespace": self._namespace,
            "annotations": annotations,
        }
        body: JsonObject = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
        try:
            self._cluster.apply(body, manager=MANAGER, force=True)
        except ApiError as failure:
            raise _failed("record the end of", failure) from failure

    def _secrets(self, release: Release) -> Iterator[JsonObject]:
        text = json.dumps(release_document(release), sort_keys=True, separators=(",", ":"))
        packed = gzip.compress(text.encode(), mtime=0)
        chunks = [packed[at : at + CHUNK_BYTES] for at in range(0, len(packed), CHUNK_BYTES)]
        writer = uuid.uuid4().hex
        for part, chunk in enumerate(chunks, start=1):
            labels: JsonObject = {
                **self._owner.labels,
                _REVISION: str(release.revision),
                _PART: str(part),
            }
            metadata: JsonObject = {
                "name": self._name(release, part),
                "namespace": self._namespace,
                "labels": labels,
                "annotations": {_WRITER: writer},
            }
            yield {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": metadata,
                "type": _TYPE,
                "immutable": True,
                "data": {_KEY: base64.b64encode(chunk).decode()},
            }

    def _name(self, release: Release, part: int) -> str:
        return f"kuplet.release.{self._owner.file_name}.v{release.revision}.{part}"


def _by_revision(
    bodies: Iterable[JsonObject],
) -> tuple[dict[int, list[JsonObject]], list[JsonObject]]:
    """Return the parts of each record by its number, and what has none."""
    parts: dict[int, list[JsonObject]] = {}
    strange: list[JsonObject] = []
    for body in bodies:
        label = text_at(_labels(body), _REVISION)
        if _NUMBER.fullmatch(label):
            parts.setdefault(int(label), []).append(body)
        else:
            strange.append(body)
    return parts, strange


def _last(bodies: Sequence[JsonObject]) -> int:
    """Return the highest number that is taken: by a label, or by a name whatever its label says."""
    numbers, _ = _by_revision(bodies)
    names = (_NAME.search(text_at(body, "metadata", "name")) for body in bodies)
    return max([*numbers, *(int(found[1]) for found in names if found)], default=0)


def _release(parts: Sequence[JsonObject]) -> Release:
    """Return a release of its parts; what is damaged ends in one of `_DAMAGES`."""
    ordered = sorted(parts, key=lambda body: int(text_at(_labels(body), _PART)))
    found = [int(text_at(_labels(body), _PART)) for body in ordered]
    if found != list(range(1, len(found) + 1)):
        raise ValueError(f"of its parts there are only {', '.join(map(str, found))}")
    packed = b"".join(base64.b64decode(text_at(body, "data", _KEY)) for body in ordered)
    annotations = mapping_at(ordered[0], "metadata", "annotations")
    images = json.loads(text_at(annotations, _IMAGES) or "{}")
    if not isinstance(images, dict) or not all(isinstance(each, dict) for each in images.values()):
        raise ValueError(f"its annotation {_IMAGES} holds no digests")
    recorded = release_of(_document(packed))
    runs = json.loads(text_at(annotations, _RUNS) or "{}")
    return replace(
        recorded,
        runs={**recorded.runs, **{name: RunState(state) for name, state in runs.items()}},
        status=ReleaseStatus(text_at(annotations, _STATUS) or ReleaseStatus.PENDING),
        finished=text_at(annotations, _FINISHED),
        problem=text_at(annotations, _PROBLEM),
        images=images,
    )


def _document(packed: bytes) -> JsonObject:
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
        content = file.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise ValueError("it is too large")
    document = json.loads(content)
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise ValueError("it holds no release")
    return document


def _labels(body: JsonObject) -> JsonObject:
    return mapping_at(body, "metadata", "labels")


def _failed(what: str, failure: ApiError) -> ExternalError:
    message = f"cannot {what} the release: {failure.message}"
    right = "releases are Secrets in the environment's namespace; ask for the right to use them"
    hint = TRY_LATER if failure.is_trouble else right
    return ExternalError(Finding(rule="release-store", message=message, hint=hint))
