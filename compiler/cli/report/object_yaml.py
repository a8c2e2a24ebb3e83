"""Writes objects as YAML.

What libyaml would write is written without it, line by line, where all texts are plain; it is asked
about each text that is not, and about objects whose lines it would fold.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import yaml

from compiler.cli.report.languages import Document, escaped, terminal
from compiler.cli.report.yaml_language import YamlDumper, needs_quotes, yaml_scalar, yaml_text
from compiler.model.json import JsonObject, JsonValue

_FIRST_KEYS = ("apiVersion", "kind", "metadata")
# What libyaml writes as it is: it starts like a word, and nothing in it looks like YAML.
_PLAIN = re.compile(r"(?!.*(?::(?: |:|$)| (?:#|$)|##\[))[A-Za-z/_$(][ -~]*\Z")
_WORDS = {"y", "yes", "n", "no", "true", "false", "on", "off", "null"}
_LINE = re.compile(r"\n(?=[^\n])")
_LONGEST = 120  # libyaml writes longer keys in another form
_MOST_TEXTS = 2**16
# What other YAML parsers read as a number although PyYAML would leave it unquoted.
_NUMBER_LIKE = re.compile(
    r"[-+.]?[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|0o?[0-7_]+|0x[0-9a-fA-F_]+"
)
# libyaml writes no character beyond these as it is, and so no text with one line by line.
_BEYOND = re.compile("[\U00010000-\U0010ffff]")
_ODD_BLANK = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_SYMBOLS = {code: chr(0x2400 + code) for code in range(32)} | {9: "⇥", 127: "␡"}


class _Dumper(YamlDumper):
    """Writes text so that every YAML parser reads text, and long text in block style."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if needs_quotes(text):
        style = '"'
    elif "\n" in text and not re.search(r"[ \t]\n", text) and text.strip():
        style = "|"
    elif _NUMBER_LIKE.fullmatch(text):
        style = "'"
    return yaml_scalar(dumper, text, style)


_Dumper.add_representer(str, _represent_text)


class _SlowDumper(yaml.SafeDumper):
    """Writes every character; not the C class."""

    ignore_aliases = YamlDumper.ignore_aliases


_SlowDumper.add_representer(str, _represent_text)


def object_yaml(body: JsonObject) -> Document:
    """Return one object as YAML: the identifying fields first, the others sorted."""
    lines: list[str] = []
    try:
        _write(body, "", lines)
    except _OddKeyError:
        return Document(yaml_text(ordered(body), _Dumper).removesuffix("...\n"))
    return Document("".join(lines) if body else "{}\n")


class _OddKeyError(Exception):
    """A key that libyaml does not write before a colon on the same line."""


def _write(value: JsonObject | list[JsonValue], indent: str, lines: list[str]) -> None:
    """Add the lines of what is not empty."""
    if isinstance(value, dict):
        for key in keys_in_order(value):
            item = value[key]
            name = f"{indent}{_key(key)}:"
            if isinstance(item, dict) and item:
                lines.append(f"{name}\n")
                _write(item, f"{indent}  ", lines)
            elif isinstance(item, list) and item:
                lines.append(f"{name}\n")
                _write(item, indent, lines)
            else:
                lines.append(f"{name} {_scalar(item, indent)}\n")
        return
    for item in value:
        if isinstance(item, dict | list) and item:
            first = len(lines)
            _write(item, f"{indent}  ", lines)
            lines[first] = f"{indent}- {lines[first][len(indent) + 2 :]}"
        else:
            lines.append(f"{indent}- {_scalar(item, indent)}\n")


def keys_in_order(value: Mapping[str, object]) -> Sequence[str]:
    """Return the keys of an object: the identifying fields first, the others sorted."""
    return _in_order(tuple(value)) if len(value) > 1 else tuple(value)


@lru_cache(_MOST_TEXTS)  # objects of one kind have mostly the same keys
def _in_order(keys: tuple[str, ...]) -> Sequence[str]:
    if "kind" not in keys:
        return sorted(keys)
    first = [key for key in _FIRST_KEYS if key in keys]
    return [*first, *sorted(key for key in keys if key not in _FIRST_KEYS)]


def _scalar(value: JsonValue, indent: str) -> str:
    if isinstance(value, str):
        text = _text(value)
        return _LINE.sub(f"\n{indent}", text) if "\n" in text else text
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, float):
        return _by_libyaml(value)
    return "[]" if isinstance(value, list) else "{}"


@lru_cache(_MOST_TEXTS)
def _text(text: str) -> str:
    if _PLAIN.match(text) and text.lower() not in _WORDS and len(text) < _MOST_TEXTS:
        return text
    return _by_libyaml(text)


@lru_cache(_MOST_TEXTS)
def _key(text: str) -> str:
    if len(text) > _LONGEST:
        raise _OddKeyError
    if _PLAIN.match(text) and text.lower() not in _WORDS:
        return text
    written = yaml_text({text: None}, _Dumper)
    if not written.endswith(": null\n") or written.startswith("? "):
        raise _OddKeyError
    return written.removesuffix(": null\n")


def _by_libyaml(value: JsonValue) -> str:
    text = yaml_text([value], _Dumper).removesuffix("...\n")
    return text.removeprefix("- ").removesuffix("\n")


def shown_yaml(value: JsonValue) -> str:
    """Return a value as YAML to read, line by line: odd characters of texts are marked.

    A tab is ``⇥``, a blank at the end of a line ``·``, other control characters have their symbol;
    the rest of what nobody sees or could tell from a blank is escaped.
    """
    is_slow = _BEYOND.search(json.dumps(value, ensure_ascii=False))
    text: str = yaml.dump(
        _marked(ordered(value)),
        Dumper=_SlowDumper if is_slow else _Dumper,
        sort_keys=False,
        width=2**20,
        allow_unicode=True,
    )
    return text.removesuffix("...\n")


def _marked(value: JsonValue) -> JsonValue:
    match value:
        case dict():
            return {key: _marked(item) for key, item in value.items()}
        case list():
            return [_marked(item) for item in value]
        case str() if "\n" in value:
            lines = (_marked_line(line) for line in value.split("\n"))
            return "\n".join(lines)
        case str():
            return _ODD_BLANK.sub(lambda match: escaped(match[0]), value)
        case _:
            return value


def _marked_line(line: str) -> str:
    blanks = len(line) - len(line.rstrip(" "))
    marked = line[: len(line) - blanks] + "·" * blanks
    seen = terminal(marked.translate(_SYMBOLS))
    return _ODD_BLANK.sub(lambda match: escaped(match[0]), seen)


def ordered(value: JsonValue) -> JsonValue:
    """Return a value with the identifying fields of objects first, the others sorted."""
    if isinstance(value, list):
        return [ordered(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: ordered(value[key]) for key in keys_in_order(value)}
