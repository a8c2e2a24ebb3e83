"""Errors that kuplet raises on purpose; everything else is a bug.

KupletError            carries findings; its class decides the exit code
├── AppError           1  the app is wrong
├── UsageError         2  the command was called wrongly
├── ExternalError      3  a cluster, registry, store or program failed
└── ApplyStoppedError  4  an apply stopped half-way

The command line prints the findings; nothing below it formats, colours or exits.
"""

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from compiler.model.finding import Finding


class KupletError(Exception):
    """One or more findings that end a command."""

    exit_code: ClassVar[int] = 1

    def __init__(self, *findings: "Finding") -> None:
        super().__init__("; ".join(finding.message for finding in findings))
        self.findings = findings


class AppError(KupletError):
    """The app, its parameters or its prototypes are wrong."""

    exit_code = 1


class UsageError(KupletError):
    """The command names something that does not exist or does not fit."""

    exit_code = 2


class ExternalError(KupletError):
    """A cluster, registry, object store or program outside kuplet failed."""

    exit_code = 3


class ApplyStoppedError(KupletError):
    """An apply wrote some objects and then could not go on."""

    exit_code = 4
