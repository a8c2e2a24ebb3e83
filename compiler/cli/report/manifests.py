"""Renders objects as YAML, JSON or names, and writes them into a directory."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import yaml

from compiler.cli.report.languages import Document, escaped, json_text, terminal
from compiler.cli.report.yaml_language import YamlDumper, needs_quotes, yaml_scalar, yaml_text
from compiler.errors import UsageError
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest
from compiler.model.secret import masked

INDEX = "index.json"
_MAX_NAME = 200  # file systems take 255 bytes, with a number, a type and those of a draft
_FIRST_KEYS = ("apiVersion", "kind", "metadata")
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


def object_yaml(body: JsonObject) -> str:
    """Return one object as YAML: the identifying fields first, the others sorted."""
    return yaml_text(_ordered(body), _Dumper)


def shown_yaml(value: JsonValue) -> str:
    """Return a value as YAML to read, line by line: odd characters of texts are marked.

    A tab is ``⇥``, a blank at the end of a line ``·``, other control characters have their symbol;
    the rest of what nobody sees or could tell from a blank is escaped.
    """
    is_slow = _BEYOND.search(json.dumps(value, ensure_ascii=False))
    text: str = yaml.dump(
        _marked(_ordered(value)),
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


def manifests_text(manifests: Sequence[Manifest], output: str, *, mask: bool) -> str:
    """Return all objects as ``yaml``, ``json`` or ``name``.

    Args:
        mask: Whether values of Secrets are replaced by stars.
    """
    bodies = [masked(manifest.body) if mask else manifest.body for manifest in manifests]
    match output:
        case "json":
            items = [_ordered(body) for body in bodies]
            document = {"apiVersion": "v1", "kind": "List", "items": items}
            return Document(json_text(document) + "\n")
        case "name":
            return "".join(f"{_name(manifest)}\n" for manifest in manifests)
        case _:
            return Document("".join(f"---\n{object_yaml(body)}" for body in bodies))


def write_directory(
    manifests: Sequence[Manifest], directory: Path, source: JsonObject
) -> list[str]:
    """Write one file an object and an index; remove what only an earlier run wrote.

    Files that the index of the earlier run does not name are never touched.

    Args:
        source: What the index says of the compile: app, environment, digest.

    Returns:
        The names of the files written, in dependency order.
    """
    directory.mkdir(parents=True, exist_ok=True)
    earlier = _files_of_index(directory / INDEX)
    width = len(str(len(manifests)))
    names = [
        f"{index:0{width}}-{_slug(item)}.yaml" for index, item in enumerate(manifests, start=1)
    ]
    foreign = [name for name in names if name not in earlier and (directory / name).exists()]
    if foreign:
        message = f'"{directory / foreign[0]}" exists and was not written by kuplet'
        hint = "choose another directory, or remove the file"
        raise UsageError(Finding(rule="output-foreign-file", message=message, hint=hint))
    for name, manifest in zip(names, manifests, strict=True):
        _replace(directory / name, object_yaml(manifest.body))
    for name in sorted(earlier - set(names)):
        (directory / name).unlink(missing_ok=True)
    objects = [
        {"file": name, "object": _name(item), "component": item.origin.component}
        for name, item in zip(names, manifests, strict=True)
    ]
    _replace(directory / INDEX, json.dumps({**source, "objects": objects}, indent=2) + "\n")
    return names


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.chmod(0o600 if "\nkind: Secret\n" in f"\n{text}" else 0o644)
    temporary.replace(path)


def _files_of_index(path: Path) -> set[str]:
    try:
        objects = json.loads(path.read_text(encoding="utf-8"))["objects"]
        names = {str(item["file"]) for item in objects}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {name for name in names if Path(name).name == name}


def _slug(manifest: Manifest) -> str:
    """Return what a file is called; its number, not its name, makes it unique."""
    parts = [manifest.ref.kind.lower(), manifest.ref.namespace, manifest.ref.name]
    name = re.sub(r"[^a-z0-9.-]+", "-", "-".join(part for part in parts if part).lower())
    return name[:_MAX_NAME]


def _name(manifest: Manifest) -> str:
    """Return the name as kubectl prints it: ``deployment.apps/web``."""
    ref = manifest.ref
    group = f".{ref.group}" if ref.group else ""
    return f"{ref.kind.lower()}{group}/{ref.name}"


def _ordered(value: JsonValue) -> JsonValue:
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    if not isinstance(value, dict):
        return value
    first = [key for key in _FIRST_KEYS if key in value] if "kind" in value else []
    rest = sorted(key for key in value if key not in first)
    return {key: _ordered(value[key]) for key in [*first, *rest]}
