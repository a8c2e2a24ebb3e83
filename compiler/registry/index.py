"""Reads what a registry says of itself: ``registry.yaml``, and ``parts.yaml`` of each package.

The files are other people's, so they are read leniently: one that makes no sense says nothing.
"""

import re
from collections.abc import Iterator, Mapping

import yaml

from compiler.errors import UsageError
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, text_at
from compiler.model.package import PackageEntry
from compiler.stages.names import did_you_mean

INDEX = "registry.yaml"
PARTS = "parts.yaml"
MAX_INDEX_BYTES = 1_000_000

_FOLDER = re.compile(r"(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]*)(@(?P<version>[A-Za-z0-9_.+-]+))?")


def entries_of(
    parts: Mapping[str, bytes], index: bytes | None, *, version: str = ""
) -> list[PackageEntry]:
    """Return the packages of a registry, sorted.

    Args:
        parts: ``parts.yaml`` of each folder, by the folder's name.
        index: ``registry.yaml``; where there is one, it decides which packages are offered. Others
            can be had all the same, as with ksonnet.
        version: The version of all of them; folders called ``NAME@VERSION`` have their own.
    """
    known = mapping_at(_read(index), "libraries") if index else {}
    found = list(_entries(parts, version))
    listed = [entry for entry in found if entry.name in known] or found
    return sorted(listed, key=lambda entry: (entry.name, entry.version))


def unknown_package(name: str, version: str, known: list[PackageEntry]) -> UsageError:
    """Return the error for a package that a registry does not have."""
    wanted = f"{name}@{version}" if version else name
    names = {f"{each.name}@{each.version}" if version else each.name for each in known}
    message = f'the registry has no package "{wanted}"'
    hint = did_you_mean(wanted, names)
    return UsageError(Finding(rule="package-unknown", message=message, hint=hint))


def _entries(parts: Mapping[str, bytes], version: str) -> Iterator[PackageEntry]:
    for folder, text in parts.items():
        if match := _FOLDER.fullmatch(folder):
            description = " ".join(text_at(_read(text), "description").split())
            own = match["version"] or version
            yield PackageEntry(name=match["name"], version=own, description=description)


def _read(text: bytes) -> JsonObject:
    """Return a YAML or JSON document.

    The loader is the one written in Python: the C code of PyYAML recurses without a limit.
    """
    try:
        value = yaml.safe_load(text[:MAX_INDEX_BYTES])
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
