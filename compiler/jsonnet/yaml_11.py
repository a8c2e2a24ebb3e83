"""Reads YAML 1.1 in the variant of Go's yaml.v2: as ksonnet did, and as ``std.parseYaml`` does.

``y`` and ``on`` are booleans and ``0755`` is 493, but dates and ``12:30`` stay text. Imports
nothing of kuplet but `go_yaml`, because the Jsonnet worker uses it.
"""

import json
import re
from typing import Any, ClassVar

import yaml

from compiler.text.go_yaml import go_key, go_scalar

_BASE: type[yaml.SafeLoader] | type[yaml.CSafeLoader] = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)


class _Keyed(_BASE):  # type: ignore[misc, valid-type]  # the C class where libyaml is there
    """The safe loader with keys that are text at once: to Python, ``1`` and ``true`` are one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002  PyYAML's signature
        self.flatten_mapping(node)
        found = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise ValueError("a key must be text")  # noqa: TRY004  what callers catch
            text = self.text_of(self.construct_object(key))
            found[text] = self.construct_object(value, deep=deep)
        return found

    @staticmethod
    def text_of(value: Any) -> str:
        """Return what a key becomes in JSON."""
        return value if isinstance(value, str) else json.dumps(value)


class _Loader(_Keyed):
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
    """Return every document that is not empty; keys become text, as in JSON.

    Raises:
        yaml.YAMLError: The text is no YAML.
        ValueError: A value cannot be read, or contains itself.
    """
    found = yaml.load_all(text, Loader=_Loader)
    return [json.loads(json.dumps(document)) for document in found if document is not None]


class _Today(_Keyed):
    """The safe loader with what plain scalars mean to Go today; tags of one's own mean nothing."""

    text_of = staticmethod(go_key)

    yaml_implicit_resolvers: ClassVar[dict[None, list[tuple[str, re.Pattern[str]]]]] = {
        None: [
            ("tag:yaml.org,2002:merge", re.compile(r"<<\Z")),
            ("plain", re.compile("")),
        ]
    }


def _untagged(loader: Any, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return loader.construct_sequence(node, deep=True)


_Today.add_constructor("plain", lambda _, node: go_scalar(node.value))
_Today.add_multi_constructor("!", _untagged)
_STREAM = re.compile(r"^---", re.MULTILINE)


def parse_yaml(text: str) -> Any:
    """Return what ``std.parseYaml`` of go-jsonnet does: a list where a document has a marker.

    Raises:
        yaml.YAMLError: The text is no YAML.
        ValueError: A value or a key is none of JSON's.
    """
    found = list(yaml.load_all(text, Loader=_Today))
    if _STREAM.search(text):
        return found
    return found[0] if found else None
