"""Renders objects as YAML, JSON or names, and writes them into a directory."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from compiler.cli.report.languages import Document, json_text
from compiler.cli.report.object_yaml import keys_in_order, object_yaml
from compiler.errors import UsageError
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest
from compiler.model.secret import masked

INDEX = "index.json"
_MAX_NAME = 200  # file systems take 255 bytes, with a number, a type and those of a draft


def manifests_text(manifests: Sequence[Manifest], output: str, *, mask: bool) -> str:
    """Return all objects as ``yaml``, ``json`` or ``name``.

    Args:
        mask: Whether values of Secrets are replaced by stars.
    """
    bodies = [masked(manifest.body) if mask else manifest.body for manifest in manifests]
    match output:
        case "json":
            document = {"apiVersion": "v1", "kind": "List", "items": bodies}
            return Document(json_text(document, keys=keys_in_order) + "\n")
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
