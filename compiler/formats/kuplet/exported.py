"""Takes out of manifests what an export from a cluster leaves in them."""

import copy
import json
from collections.abc import Sequence

import yaml

from compiler.errors import AppError
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.stages.validate.metadata import exported, field_words
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
    taken = [item for number, value in enumerate(after) for item in _taken(value, (number,))]
    if not taken:
        return text, ()
    names = tuple(dict.fromkeys(words for _, words in taken))
    if suffix == ".json":
        return json.dumps(after[0], indent=2, ensure_ascii=False) + "\n", names
    return _rewritten(text, [path for path, _ in taken], after, file), names


def _taken(value: JsonValue, path: Path) -> list[tuple[Path, str]]:
    """Take the fields out of an object, or of all in a list; return where they stood, and names."""
    if not isinstance(value, dict):
        return []
    if text_at(value, "kind") == "List":
        items = enumerate(objects_at(value, "items"))
        found = [each for i, item in items for each in _taken(item, (*path, "items", i))]
        return [*found, *_taken_from(value, path)]
    return _taken_from(value, path)


def _taken_from(body: JsonObject, path: Path) -> list[tuple[Path, str]]:
    """Take the fields out of one object, and what holds nothing but them."""
    refused, ignored = exported(body)
    places = [*refused, *ignored]
    return [((*path, *_removed(body, place)), field_words(place)) for place in places]


def _removed(body: JsonObject, place: tuple[str, ...]) -> tuple[str, ...]:
    """Remove a field, and what is empty then; return where the outermost of that stood."""
    above, last = place[:-1], place[-1]
    del mapping_at(body, *above)[last]
    is_left = len(above) == 1 or mapping_at(body, *above)  # an object needs its metadata
    return place if is_left or not above else _removed(body, above)


def _rewritten(text: str, paths: Sequence[Path], wanted: Sequence[JsonValue], file: str) -> str:
    edited = without_entries(text, set(paths).__contains__)
    try:
        found = [document.value for document in read_manifests(edited, file)]
    except AppError:
        found = []
    if same(found, list(wanted)):
        return edited
    return yaml.safe_dump_all(wanted, sort_keys=False, allow_unicode=True, width=2**20)
