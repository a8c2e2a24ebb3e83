"""Lets a command that is told to end do so as after Ctrl-C: what it began is settled first."""

import signal
import types

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_seen: list[int] = []


class StoppedError(KeyboardInterrupt):
    """A signal that asks this process to end; like Ctrl-C, it passes by whoever handles errors."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.signal = signal.Signals(number)


def end_on_signals() -> None:
    """Let SIGTERM and SIGHUP raise `StoppedError`; one that is ignored stays so, as after nohup."""
    for each in _SIGNALS:
        if signal.getsignal(each) is signal.SIG_DFL:
            signal.signal(each, _stop)


def ignore_signals() -> None:
    """Let no further signal change how this process ends: Python resets handlers at the exit."""
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)


def _stop(number: int, _frame: types.FrameType | None) -> None:
    """End this process once: a session that ends sends both, and what is settled takes its time."""
    _seen.append(number)
    if len(_seen) == 1:
        raise StoppedError(number)
