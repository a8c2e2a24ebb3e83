"""Takes out of manifests what an export from a cluster leaves in them."""

import copy
import json
from collections.abc import Sequence

import yaml

from compiler.errors import AppError
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.stages.validate.metadata import IGNORED, LAST_APPLIED, REFUSED, is_blank
from compiler.text.yaml_cut import without_entries
from compiler.text.yaml_source import Path, read_manifests


def without_exported(text: str, suffix: str, file: str) -> tuple[str, tuple[str, ...]]:
    """Return a file as an app needs it, and the names of the fields that were taken out.

    Comments stay where the file is written in blocks, as exports are.
    """
    if suffix == ".jsonnet":
        return text, ()
    before = [document.value for document in read_manifests(text, file)]
    after = copy.deepcopy(before)
    paths = [path for number, value in enumerate(after) for path in _taken(value, (number,))]
    if not paths:
        return text, ()
    names = tuple(dict.fromkeys(_name(path) for path in paths))
    if suffix == ".json":
        return json.dumps(after[0], indent=2, ensure_ascii=False) + "\n", names
    return _rewritten(text, paths, after, file), names


def _taken(value: JsonValue, path: Path) -> list[Path]:
    """Take the fields out of an object, or of all in a list, and return where they stood."""
    if not isinstance(value, dict):
        return []
    if text_at(value, "kind") == "List":
        items = enumerate(objects_at(value, "items"))
        found = [each for i, item in items for each in _taken(item, (*path, "items", i))]
        return [*found, *_taken_from_metadata(value, path)]
    found = _taken_from_metadata(value, path)
    if not is_blank(value.get("status")):
        del value["status"]
        found.append((*path, "status"))
    return found


def _taken_from_metadata(body: JsonObject, path: Path) -> list[Path]:
    metadata = mapping_at(body, "metadata")
    found: list[Path] = []
    for name in (*REFUSED, *IGNORED):
        if not is_blank(metadata.get(name)):
            del metadata[name]
            found.append((*path, "metadata", name))
    annotations = mapping_at(metadata, "annotations")
    if annotations.pop(LAST_APPLIED, None) is not None:
        where = (*path, "metadata", "annotations")
        if not annotations:
            del metadata["annotations"]
        found.append((*where, LAST_APPLIED) if annotations else where)
    return found


def _rewritten(text: str, paths: Sequence[Path], wanted: Sequence[JsonValue], file: str) -> str:
    edited = without_entries(text, set(paths).__contains__)
    try:
        found = [document.value for document in read_manifests(edited, file)]
    except AppError:
        found = []
    if same(found, list(wanted)):
        return edited
    return yaml.safe_dump_all(wanted, sort_keys=False, allow_unicode=True, width=2**20)


def _name(path: Path) -> str:
    place = [str(step) for step in path if step == "metadata" or step is path[-1]]
    return "the annotation " + LAST_APPLIED if "annotations" in path else ".".join(place)
