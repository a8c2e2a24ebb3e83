"""Programs that keep running when kuplet ends, and that kuplet finds again."""

import hashlib
import json
import os
import signal
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from compiler.sandbox.layout import PRIVATE_FILE, Layout, write_private_file

STOP_GRACE_S = 15.0
_POLL_INTERVAL_S = 0.02
# Two readings of one process's start time differ by as much as the clock was set in between.
_CLOCK_TOLERANCE_S = 5.0
# Python ignores these, and what it ignores its children would ignore, too.
_IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSpec:
    """How one process of the sandbox is started.

    Attributes:
        name: Name of the process, of its record and of its log.
        program: The executable, for the status.
        command: The program and its arguments.
        environment: All environment variables it gets.
        reads: Files whose content it reads only once, when it starts.
        version: Version of the program, for the status.
        origin: Where the program was found, for the status.
    """

    name: str
    program: Path
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    reads: tuple[Path, ...] = ()
    version: str
    origin: str

    @property
    def fingerprint(self) -> str:
        """Digest of all that a running process would have to be restarted for."""
        digest = hashlib.sha256()
        digest.update(json.dumps([self.command, sorted(self.environment.items())]).encode())
        for path in self.reads:
            digest.update(path.read_bytes())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRecord:
    """A process that was started.

    Attributes:
        pid: Its process id, which the system may have given to another process since.
        started_at: When it started, in seconds since 1970; tells it from that other process.
        fingerprint: See `ProcessSpec.fingerprint`.
    """

    name: str
    pid: int
    started_at: float
    fingerprint: str
    version: str
    origin: str
    program: str

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return _is_running(self)


class ProcessTable:
    """The processes of one sandbox, recorded on disk."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def log(self, name: str) -> Path:
        """Return the file with all that a process printed since it was last started."""
        return self._layout.logs / f"{name}.log"

    def record(self, name: str) -> ProcessRecord | None:
        """Return what was last started under a name, dead or alive."""
        try:
            written = json.loads(self._record_file(name).read_text())
        except (FileNotFoundError, json.JSONDecodeError):  # the latter after a power failure
            return None
        # Another version of kuplet may have written more or less than this one reads.
        return ProcessRecord(
            name=name,
            pid=written["pid"],
            started_at=written["started_at"],
            fingerprint=written.get("fingerprint", ""),
            version=written.get("version", ""),
            origin=written.get("origin", ""),
            program=written.get("program", ""),
        )

    def records(self) -> tuple[ProcessRecord, ...]:
        """Return everything that was started and not stopped, dead or alive, by name."""
        names = sorted(file.stem for file in self._layout.processes.glob("*.json"))
        found = (self.record(name) for name in names)
        return tuple(record for record in found if record is not None)

    def is_current(self, spec: ProcessSpec) -> bool:
        """Whether a process runs exactly as specified."""
        record = self.record(spec.name)
        return record is not None and record.fingerprint == spec.fingerprint and record.is_alive

    def spawn(self, spec: ProcessSpec) -> None:
        """Start a process in a session of its own, so that it outlives kuplet and its terminal."""
        pid = os.posix_spawn(
            spec.command[0],
            spec.command,
            dict(spec.environment),
            setsid=True,
            setsigdef=_IGNORED_BY_PYTHON,
            file_actions=_redirections(self.log(spec.name)),
        )
        record = ProcessRecord(
            name=spec.name,
            pid=pid,
            started_at=_start_time(pid),
            fingerprint=spec.fingerprint,
            version=spec.version,
            origin=spec.origin,
            program=str(spec.program),
        )
        write_private_file(self._record_file(spec.name), json.dumps(asdict(record), indent=2))

    def stop(self, names: Iterable[str]) -> None:
        """End processes at the same time: asked first, killed when they do not listen."""
        records = [record for name in names if (record := self.record(name))]
        for ending in (signal.SIGTERM, signal.SIGKILL):
            running = [record for record in records if record.is_alive]
            for record in running:
                with suppress(ProcessLookupError):
                    os.kill(record.pid, ending)
            _wait_for_end(running)
        for record in records:
            self._record_file(record.name).unlink(missing_ok=True)

    def _record_file(self, name: str) -> Path:
        return self._layout.processes / f"{name}.json"


def _wait_for_end(records: Sequence[ProcessRecord]) -> None:
    """Wait until processes have ended; not until their parent has noticed, as psutil would."""
    deadline = time.monotonic() + STOP_GRACE_S
    while any(record.is_alive for record in records) and time.monotonic() < deadline:
        time.sleep(_POLL_INTERVAL_S)


def _redirections(log: Path) -> Sequence[tuple[int, int, str, int, int] | tuple[int, int, int]]:
    """Read nothing, print to a new log."""
    truncate = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    return (
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), truncate, PRIVATE_FILE),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    )


def _start_time(pid: int) -> float:
    import psutil

    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return time.time()


def _is_running(record: ProcessRecord) -> bool:
    """Whether the process of a record has not ended, with its id free or another's by now."""
    import psutil

    try:
        process = psutil.Process(record.pid)
        is_same = abs(process.create_time() - record.started_at) < _CLOCK_TOLERANCE_S
        # What has ended stays a zombie until its parent notices: often kuplet itself, in tests.
        return is_same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
