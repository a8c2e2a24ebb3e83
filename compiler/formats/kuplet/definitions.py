"""The definitions of custom resources that an app keeps, to check its objects with them only."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.model.source import SourceSpan
from compiler.stages.validate.definitions import FOLDER, definition_file, stripped
from compiler.text.files import change_files
from compiler.text.reading import read_inside

SCHEMAS = "schemas"


def read_definitions(root: Path, findings: list[Finding]) -> Iterator[JsonObject]:
    """Yield what an app keeps, sorted by kind; what cannot be used becomes a finding."""
    folder = root / SCHEMAS / FOLDER
    for path in sorted(folder.glob("*/*.json")):
        shown = path.relative_to(root).as_posix()
        try:
            found = json.loads(read_inside(path, root))
        except (OSError, ValueError, RecursionError):
            found = None
        if isinstance(found, dict) and definition_file(*kind_of(found)) == shown.partition("/")[2]:
            yield found
        else:
            message = f'"{shown}" is no definition of the kind that its path names'
            hint = "write it anew: kuplet schema add, or remove the file"
            findings.append(
                Finding(rule="definition-file", message=message, span=SourceSpan(shown), hint=hint)
            )


def kind_of(definition: JsonObject) -> tuple[str, str]:
    """Return the group and the kind that a definition is of."""
    spec = mapping_at(definition, "spec")
    return text_at(spec, "group"), text_at(spec, "names", "kind")


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
