"""The definitions of custom resources that an app keeps, to check its objects with them only."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from compiler.model.definition import KeptDefinition
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import objects_at, text_at
from compiler.stages.validate.definitions import (
    FOLDER,
    definition_file,
    kind_of,
    stripped,
    unusable,
)
from compiler.text.files import change_files
from compiler.text.reading import read_inside

SCHEMAS = "schemas"


def read_definitions(root: Path, findings: list[Finding]) -> Iterator[KeptDefinition]:
    """Yield what an app keeps, sorted by kind; what cannot be read becomes a finding."""
    folder = root / SCHEMAS / FOLDER
    for path in sorted(folder.glob("*/*.json")):
        shown = path.relative_to(root).as_posix()
        try:
            text = read_inside(path, root)
        except OSError:
            findings.append(unusable(shown))
        else:
            yield KeptDefinition(path.parent.name, path.stem, shown, text)


def definitions_among(objects: Iterable[JsonObject], source: str) -> list[JsonObject]:
    """Return the definitions among objects and lists of them, for an app to keep."""
    found = []
    for body in objects:
        items = objects_at(body, "items")
        if text_at(body, "kind").endswith("List") and items:
            found += definitions_among(items, source)
        elif text_at(body, "kind") == "CustomResourceDefinition":
            found.append(stripped(body, source))
    return found


def keep_definitions(root: Path, definitions: Iterable[JsonObject]) -> list[str]:
    """Write definitions into an app; return the files."""
    texts = {
        f"{SCHEMAS}/{definition_file(*kind_of(item))}": json.dumps(item, indent=1, sort_keys=True)
        for item in definitions
    }
    change_files(root, {name: f"{text}\n" for name, text in sorted(texts.items())})
    return sorted(texts)


def drop_definition(root: Path, group: str, kind: str) -> str:
    """Remove a definition from an app; return its file."""
    file = f"{SCHEMAS}/{definition_file(group, kind)}"
    change_files(root, {}, removed=[file])
    return file
