"""Reads YAML as ksonnet did: version 1.1 in the variant of Go's yaml.v2.

``y`` and ``on`` are booleans and ``0755`` is 493, but dates and ``12:30`` stay text. Imports
nothing of kuplet, because the Jsonnet worker uses it.
"""

import json
import re
from typing import Any, ClassVar

import yaml

_BASE: type[yaml.SafeLoader] | type[yaml.CSafeLoader] = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)


class _Loader(_BASE):  # type: ignore[misc, valid-type]  # the C class where libyaml is there
    """The safe loader without implicit types; the ones of yaml.v2 are added below."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


def _boolean(_: yaml.SafeLoader, node: yaml.ScalarNode) -> bool:
    return str(node.value).lower() in {"y", "yes", "true", "on"}


_INTEGER = r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)"
_FLOAT = r"[-+]?[0-9]*\.?[0-9]+([eE][-+][0-9]+)?|[-+]?[0-9]+\."
_TYPES = (
    ("null", r"~|null|Null|NULL|"),
    ("bool", r"y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF"),
    ("bool", r"true|True|TRUE|false|False|FALSE"),
    ("int", _INTEGER),
    ("float", _FLOAT),
    ("merge", r"<<"),
)
for _name, _pattern in _TYPES:
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_name}", re.compile(rf"(?:{_pattern})\Z"), None
    )
_Loader.add_constructor("tag:yaml.org,2002:bool", _boolean)


def read_yaml_11(text: str) -> list[Any]:
    """Return every document that is not empty; keys that are no text become it, as in JSON.

    Raises:
        yaml.YAMLError: The text is no YAML.
        ValueError: A value cannot be read, or contains itself.
    """
    found = yaml.load_all(text, Loader=_Loader)
    return [json.loads(json.dumps(document)) for document in found if document is not None]
