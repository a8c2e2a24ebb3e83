"""Builds programs from their pinned Go modules."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from compiler.errors import ExternalError
from compiler.sandbox import failures
from compiler.sandbox.catalogue import Program
from compiler.sandbox.layout import make_private_directory
from compiler.sandbox.manifests import keep_manifests, manifests_file
from compiler.sandbox.toolchain import GoToolchain, build_environment

HEARTBEAT_S = 15.0
_GB = 1_000_000_000

# What go prints when it cannot reach a module proxy or the checksum database.
_NETWORK_SIGNS = (
    "dial tcp",
    "no such host",
    "network is unreachable",
    "i/o timeout",
    "tls handshake timeout",
    "connection reset by peer",
    "server misbehaving",
    "proxyconnect",
    "bad gateway",
    "service unavailable",
    "module lookup disabled",
)
_DISK_FULL_SIGNS = ("no space left on device", "disk quota exceeded")


def build(
    programs: Sequence[Program],
    toolchain: GoToolchain,
    target_of: Callable[[Program], Path],
    on_progress: Callable[[str], None],
) -> None:
    """Build programs one after another, each to its target.

    A target appears in one step when its program is complete; whatever an interrupted build has
    compiled is in Go's build cache and is not compiled again.

    Raises:
        ExternalError: ``sandbox-no-network``, ``-no-space`` or ``-build-failed``.
    """
    _check_space(programs, toolchain, target_of)
    for number, program in enumerate(programs, start=1):
        label = f"{program.name} {program.version} ({number} of {len(programs)})"
        _build_with_progress(program, toolchain, target_of(program), label, on_progress)


def classify_failure(program: str, output: Sequence[str], log: Path) -> ExternalError:
    """Say why go failed, from what it printed."""
    text = "\n".join(output).lower()
    if any(sign in text for sign in _DISK_FULL_SIGNS):
        return failures.disk_full(program, output, log)
    if any(sign in text for sign in _NETWORK_SIGNS):
        return failures.no_network(program, output, log)
    return failures.build_failed(program, output, log)


def _build_with_progress(
    program: Program,
    toolchain: GoToolchain,
    target: Path,
    label: str,
    on_progress: Callable[[str], None],
) -> None:
    started = time.monotonic()
    on_progress(f"building {label}, about {program.build_minutes:g} min")
    _build_one(
        program,
        toolchain,
        target,
        on_heartbeat=lambda: on_progress(f"still building {label}: {_elapsed(started)}"),
    )
    on_progress(f"built {label} in {_elapsed(started)}")


def _build_one(
    program: Program, toolchain: GoToolchain, target: Path, on_heartbeat: Callable[[], None]
) -> None:
    make_private_directory(target.parent)
    for leftover in target.parent.glob(f".{program.name}-*"):
        leftover.unlink()  # of a kuplet that was killed: nobody else builds while we hold the lock
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    log = target.with_name(f"{program.name}.log")
    try:
        if not _run_go(_build_command(program, toolchain, unfinished), program, log, on_heartbeat):
            raise classify_failure(program.name, failures.log_tail(log), log)
        if program.manifests:
            keep_manifests(program, _module(program, toolchain), manifests_file(target))
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _build_command(program: Program, toolchain: GoToolchain, output: Path) -> list[str]:
    command = str(toolchain.command)
    flags = ["-trimpath", "-ldflags", program.linker_flags]
    return [command, "build", *flags, "-o", str(output), program.package]


def _module(program: Program, toolchain: GoToolchain) -> Path:
    """Return where Go keeps the upstream module, whose checksum it has verified."""
    asked = subprocess.run(  # noqa: S603  a fixed question to the toolchain found
        [toolchain.command, "list", "-f", "{{.Module.Dir}}", program.package],
        cwd=program.source,
        env=build_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(asked.stdout.strip())


def _run_go(
    command: Sequence[str], program: Program, log: Path, on_heartbeat: Callable[[], None]
) -> bool:
    """Run go to its end and return whether it succeeded."""
    with (
        log.open("wb") as output,
        subprocess.Popen(  # noqa: S603  fixed arguments, no shell
            command,
            cwd=program.source,
            env=build_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            return _wait(process, on_heartbeat) == 0
        except BaseException:
            process.terminate()
            raise


def _wait(process: subprocess.Popen[bytes], on_heartbeat: Callable[[], None]) -> int:
    while True:
        try:
            return process.wait(timeout=HEARTBEAT_S)
        except subprocess.TimeoutExpired:
            on_heartbeat()


def _check_space(
    programs: Sequence[Program], toolchain: GoToolchain, target_of: Callable[[Program], Path]
) -> None:
    """Refuse to begin what cannot end: a full disk also hurts every other program."""
    needed_gb = sum(program.build_gb for program in programs)
    places = [toolchain.build_cache, toolchain.module_cache]
    places += [target_of(program) for program in programs]
    for place in places:
        directory = _nearest_existing(place)
        free_gb = shutil.disk_usage(directory).free / _GB
        if free_gb < needed_gb:
            raise failures.no_space(directory, needed_gb=needed_gb, free_gb=free_gb)


def _nearest_existing(path: Path) -> Path:
    return next(parent for parent in (path, *path.parents) if parent.exists())


def _elapsed(started: float) -> str:
    minutes, seconds = divmod(round(time.monotonic() - started), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
