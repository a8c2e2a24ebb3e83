"""Kubernetes' schemas as kubeconform reads them: a file a kind, with all that it refers to."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from compiler.stages.validate.kubernetes_schemas import schemas_for


def write_schemas(directory: Path, kubernetes: str, kinds: Iterable[tuple[str, str]]) -> None:
    """Write those that kuplet checks with, strict as they are there.

    Args:
        kinds: ``(apiVersion, kind)`` of what will be checked.
    """
    known = schemas_for(kubernetes)
    definitions = known.document["$defs"]
    directory.mkdir(parents=True, exist_ok=True)
    for api_version, kind in kinds:
        group, _, version = api_version.rpartition("/")
        parts = (kind.lower(), group.partition(".")[0], version)
        name = known.definitions[api_version, kind]
        schema = {"$ref": f"#/$defs/{name}", "$defs": _needed(definitions, name)}
        file = directory / f"{'-'.join(filter(None, parts))}.json"
        file.write_text(json.dumps(schema), encoding="utf-8")


def _needed(definitions: Any, name: str) -> dict[str, Any]:
    """Return a definition and all that it leads to."""
    found: dict[str, Any] = {}
    open_names = [name]
    while open_names:
        one = open_names.pop()
        if one not in found:
            found[one] = definitions[one]
            open_names.extend(ref.rpartition("/")[2] for ref in _references(found[one]))
    return found


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref" and isinstance(item, str):
                yield item
            else:
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
