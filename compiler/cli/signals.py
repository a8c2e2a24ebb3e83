"""Lets a command that is told to end do so as after Ctrl-C: what it began is settled first."""

import signal
import types
from typing import NoReturn

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


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


def _stop(number: int, _frame: types.FrameType | None) -> NoReturn:
    for each in _SIGNALS:  # a session that ends sends both; what is being settled is not disturbed
        signal.signal(each, signal.SIG_IGN)
    raise StoppedError(number)
