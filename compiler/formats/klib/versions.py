"""Everything the library knows: the API versions of the OpenAPI data, and the old ones."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from compiler.formats.klib.names import builder_name
from compiler.formats.klib.old_fields import LOST_FIELDS
from compiler.formats.klib.old_versions import OLD_VERSIONS, OldVersion
from compiler.formats.klib.openapi import Definition, Field, Shape, read_definitions
from compiler.model.json import JsonObject

POD_SPEC = "core.v1.PodSpec"
_STABLE = re.compile(r"v\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An API version; its name is ``core.v1`` where ``apiVersion`` is ``v1``.

    Attributes:
        bases: Names of the versions whose definitions hold here too.
        kinds: Ids of the definitions that are objects, not parts.
        definitions: Own definitions by name.
    """

    name: str
    api_version: str
    bases: tuple[str, ...]
    kinds: tuple[str, ...]
    definitions: Mapping[str, Definition]


def read_versions(document: JsonObject) -> dict[str, Version]:
    """Return all versions by name, sorted."""
    definitions = _with_lost_fields(read_definitions(document))
    kinds = {name: each for name, each in definitions.items() if _is_served(name, each)}
    used = _reachable(definitions, kinds)
    versions = {}
    for name in {_version(each) for each in used}:
        own = {each: definitions[each] for each in sorted(used) if _version(each) == name}
        versions[name] = _current(name, own, tuple(each for each in own if each in kinds))
    for api_version, old in OLD_VERSIONS.items():
        version = _old(api_version, old, versions)
        versions[version.name] = version
    return dict(sorted(versions.items()))


def pod_path(versions: Mapping[str, Version], definition: str) -> tuple[str, ...]:
    """Return the fields that lead from a definition to a pod's spec; empty if none does."""
    for name, field in _find(versions, definition).fields.items():
        if field.definition == POD_SPEC:
            return (name,)
        if name in {"spec", "template", "jobTemplate"} and field.shape is Shape.PART:
            path = pod_path(versions, field.definition)
            if path:
                return (name, *path)
    return ()


def _find(versions: Mapping[str, Version], definition: str) -> Definition:
    version, _, name = definition.rpartition(".")
    for each in (version, *versions[version].bases):
        if name in versions[each].definitions:
            return versions[each].definitions[name]
    raise KeyError(definition)


def _with_lost_fields(definitions: Mapping[str, Definition]) -> dict[str, Definition]:
    found = dict(definitions)
    for name, written in LOST_FIELDS.items():
        lost = {key: _field(text, _version(name)) for key, text in written.items()}
        before = found.get(name, Definition())
        found[name] = replace(before, fields=dict(sorted({**before.fields, **lost}.items())))
    return found


def _is_served(name: str, definition: Definition) -> bool:
    group, version, kind = name.split(".")
    return (
        bool(definition.kind)
        and not kind.endswith("List")
        and group != "meta"
        and bool(_STABLE.fullmatch(version))
    )


def _reachable(definitions: Mapping[str, Definition], start: Mapping[str, Definition]) -> set[str]:
    found, new = set(start), set(start)
    while new:
        fields = (field for name in new for field in definitions[name].fields.values())
        new = {field.definition for field in fields if field.definition} - found
        found |= new
    return found


def _current(name: str, own: Mapping[str, Definition], kinds: tuple[str, ...]) -> Version:
    return Version(
        name=name,
        api_version=own[kinds[0]].api_version if kinds else "",
        bases=(),
        kinds=kinds,
        definitions={_short(each): definition for each, definition in own.items()},
    )


def _old(api_version: str, old: OldVersion, versions: Mapping[str, Version]) -> Version:
    group, _, number = api_version.partition("/")
    name = f"{group.partition('.')[0]}.{number}"
    inherited = {k: v for base in old.bases for k, v in versions[base].definitions.items()}
    definitions = {}
    for kind, written in old.fields.items():
        before = inherited[kind].fields if kind in inherited else {}
        fields = {key: _field(text, name) for key, text in written.items()}
        taken = {builder_name(key) for key in fields}  # JSONPath was respelled jsonPath
        moved = {
            key: _moved(each, old.bases, name)
            for key, each in before.items()
            if builder_name(key) not in taken
        }
        definitions[kind] = Definition(fields=dict(sorted({**moved, **fields}.items())))
    return Version(
        name=name,
        api_version=api_version,
        bases=old.bases,
        kinds=tuple(_absolute(each, name) for each in old.kinds),
        definitions=dict(sorted(definitions.items())),
    )


def _moved(field: Field, bases: tuple[str, ...], version: str) -> Field:
    """Let a field of a base refer to the version's own definitions."""
    if field.definition and _version(field.definition) in bases:
        return Field(field.shape, f"{version}.{_short(field.definition)}")
    return field


def _field(text: str, version: str) -> Field:
    """Return the field that a table of old fields describes."""
    name = text.strip("[]{}")
    definition = _absolute(name, version) if name else ""
    if text.startswith("["):
        return Field(Shape.LIST, definition)
    if text == "{}":
        return Field(Shape.MAP)
    return Field(Shape.PART, definition) if definition else Field(Shape.SCALAR)


def _absolute(name: str, version: str) -> str:
    return name if "." in name else f"{version}.{name}"


def _version(definition: str) -> str:
    return definition.rpartition(".")[0]


def _short(definition: str) -> str:
    return definition.rpartition(".")[2]
