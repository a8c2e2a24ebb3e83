"""The native functions that ksonnet gave to Jsonnet; patterns are Go's, as far as Python has them.

Imports nothing of kuplet but `yaml_11` and `go_yaml`, because the Jsonnet worker uses it.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from compiler.jsonnet.yaml_11 import parse_yaml, read_yaml_11

_META = re.compile(r"[\\.+*?()|\[\]{}^$]")
_REFERENCE = re.compile(r"\$(?:(\$)|\{(\w+)\}|(\w+))")


def _escape(text: str) -> str:
    return _META.sub(r"\\\g<0>", text)


def _matches(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None


def _substitute(pattern: str, text: str, replacement: str) -> str:
    """Replace every match; ``$1``, ``${name}`` and ``$$`` mean in ``replacement`` what Go says."""
    return re.sub(pattern, lambda match: _expanded(replacement, match), text)


def _expanded(template: str, match: re.Match[str]) -> str:
    def value(reference: re.Match[str]) -> str:
        dollar, braced, bare = reference.groups()
        if dollar:
            return "$"
        name = braced or bare
        try:
            return match[int(name) if name.isdigit() else name] or ""
        except IndexError:  # Go: a group that is not there is empty
            return ""

    return _REFERENCE.sub(value, template)


NATIVES: Mapping[str, Callable[..., Any]] = {
    "parseJson": json.loads,
    "parseYaml": read_yaml_11,
    "std.parseYaml": parse_yaml,
    "escapeStringRegex": _escape,
    "regexMatch": _matches,
    "regexSubst": _substitute,
}
