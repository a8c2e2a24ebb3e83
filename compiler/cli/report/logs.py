"""Says whose a line of a log is."""

import itertools

from compiler.cli.report.languages import one_line, styled
from compiler.model.log import LogGap, LogLine

_COLORS = ("cyan", "green", "yellow", "magenta", "blue", "bright_cyan", "bright_green")


class Prefixes:
    """What stands before the lines of each pod, in a colour of its own."""

    def __init__(self, *, with_time: bool = False) -> None:
        self._with_time = with_time
        self._colors = itertools.cycle(_COLORS)
        self._known: dict[str, str] = {}

    def of(self, item: LogLine | LogGap) -> str:
        """Return the prefix of a line."""
        if item.pod not in self._known:
            self._known[item.pod] = next(self._colors)
        name = f"{item.pod}/{item.container}" if item.container else item.pod
        time = f"{one_line(item.time)} " if self._with_time and isinstance(item, LogLine) else ""
        return f"{styled(one_line(name), fg=self._known[item.pod])} | {time}"
