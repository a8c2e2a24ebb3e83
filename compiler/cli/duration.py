"""Durations as kubectl takes them: ``90s``, ``10m``, ``1h30m``."""

import re

import click

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?[hms])+")


class Duration(click.ParamType[float]):
    """Turns ``1h30m`` into 5400 seconds; a bare number is seconds."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the duration in seconds."""
        text = str(value)
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return float(text)
        if not _DURATION.fullmatch(text):
            self.fail(f'"{text}" is no duration; write, for example, 90s, 10m or 1h30m', param, ctx)
        parts = re.findall(r"(\d+(?:\.\d+)?)([hms])", text)
        return sum(float(number) * _UNITS[unit] for number, unit in parts)


DURATION = Duration()
