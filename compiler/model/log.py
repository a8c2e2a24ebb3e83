"""What the containers of pods print."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line.

    Attributes:
        container: Empty where the pod has only one.
        time: When it was printed, as the server says it.
        text: As the program printed it, whatever that is.
    """

    pod: str
    container: str
    time: str
    text: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LogGap:
    """A container whose log cannot be shown, and why."""

    pod: str
    container: str
    message: str
