"""The prototypes of the built-in registries, and how a prototype is found by name."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from compiler.bundled import bundled
from compiler.errors import AppError
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.prototype import Prototype
from compiler.stages.declaration import parse_prototype
from compiler.stages.names import did_you_mean

BUILT_IN = "kuplet"
KSONNET = "ksonnet"  # a registry of one package: the prototypes that ksonnet itself had
RESERVED = (BUILT_IN, KSONNET)


@cache
def library() -> dict[str, Prototype]:
    """Return every prototype of the built-in registries by its short name, sorted."""
    files = bundled("prototypes").glob("*/prototypes/*.jsonnet")
    found = {prototype.short_name: prototype for prototype in map(_read, files)}
    return dict(sorted(found.items()))


def find_prototype(name: str, known: Mapping[str, Prototype] | None = None) -> Prototype:
    """Return the prototype that ``name`` means: its short name, or any unique end of its full name.

    The end of a name means an installed prototype before a built-in one.

    Args:
        known: Where to look, by short name; the built-in registry when left out.

    Raises:
        AppError: None or several match.
    """
    known = library() if known is None else known
    if name in known:
        return known[name]
    matches = _matches(name, known)
    if len(matches) == 1:
        return matches[0]
    if matches:
        message = f'"{name}" means several prototypes'
        hint = f"one of: {', '.join(item.short_name for item in matches)}"
        raise AppError(Finding(rule="prototype-ambiguous", message=message, hint=hint))
    message = f'there is no prototype "{name}"'
    short = {item.base_name: item.short_name for item in known.values()}
    hint = did_you_mean(name, known if "/" in name else short)
    raise AppError(Finding(rule="prototype-unknown", message=message, hint=hint))


def _matches(name: str, known: Mapping[str, Prototype]) -> list[Prototype]:
    """Return what a name may mean; one with slashes is ``registry/name`` or with the package."""
    items = known.values()
    if "/" in name:
        return [item for item in items if name in (_long_name(item), _plain_name(item))]
    if exact := [item for item in items if name in (item.name, item.declared_name)]:
        return exact
    found = [item for item in items if item.declared_name.endswith(name)]
    built_in = {item.package for item in library().values()}
    return [item for item in found if item.package not in built_in] or found


def _long_name(item: Prototype) -> str:
    return f"{item.package}/{item.base_name}"


def _plain_name(item: Prototype) -> str:
    return f"{item.package.partition('/')[0]}/{item.base_name}"


def _read(file: Path) -> Prototype:
    package = file.parent.parent.name
    shown = f"{BUILT_IN}/{file.relative_to(bundled('prototypes')).as_posix()}"
    registry = KSONNET if package == KSONNET else BUILT_IN
    prototype = parse_prototype(file.read_text(encoding="utf-8"), shown, f"{registry}/{package}")
    schema_file = file.with_suffix(".schema.json")
    if not schema_file.is_file():
        return prototype
    schema: JsonObject = json.loads(schema_file.read_text(encoding="utf-8"))
    return _with_schema(prototype, schema)


def _with_schema(prototype: Prototype, schema: JsonObject) -> Prototype:
    from dataclasses import replace

    return replace(prototype, schema=schema)
