"""Definitions of custom resources that objects are checked with: nothing but what a check reads.

Each stands in a file of its own, ``crds/GROUP/KIND.json``: those that kuplet ships below its
``schemas/``, those of an app below the app's.
"""

from collections.abc import Iterable, Iterator

from compiler.errors import AppError
from compiler.model.definition import KeptDefinition
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.model.source import SourceSpan

FOLDER = "crds"
_WORDS = ("description", "example", "externalDocs", "title")


def definition_file(group: str, kind: str) -> str:
    """Return where the definition of a kind stands."""
    return f"{FOLDER}/{group}/{kind}.json"


def kind_of(definition: JsonObject) -> tuple[str, str]:
    """Return the group and the kind that a definition is of."""
    spec = mapping_at(definition, "spec")
    return text_at(spec, "group"), text_at(spec, "names", "kind")


def body_of(kept: KeptDefinition) -> JsonObject:
    """Return what is in a file.

    Raises:
        AppError: It is no definition of the kind that its path names.
    """
    if kept.body is None or kind_of(kept.body) != (kept.group, kept.kind):
        raise AppError(unusable(kept.file))
    return kept.body


def check_definitions(definitions: Iterable[KeptDefinition]) -> Iterator[Finding]:
    """Yield a finding for each file that cannot be used, though no object may be of its kind."""
    for kept in definitions:
        try:
            body_of(kept)
        except AppError as error:
            yield from error.findings


def unusable(file: str) -> Finding:
    """Return that a file cannot be used."""
    message = f'"{file}" is no definition of the kind that its path names'
    hint = "write it anew: kuplet schema add, or remove the file"
    return Finding(rule="definition-file", message=message, span=SourceSpan(file), hint=hint)


def stripped(crd: JsonObject, source: str) -> JsonObject:
    """Return what a check reads of a CustomResourceDefinition, and where that comes from."""
    spec = mapping_at(crd, "spec")
    names = mapping_at(spec, "names")
    return {
        "source": source,
        "spec": {
            "group": text_at(spec, "group"),
            "names": {"kind": text_at(names, "kind"), "plural": text_at(names, "plural")},
            "scope": text_at(spec, "scope"),
            "versions": [
                {
                    "name": text_at(version, "name"),
                    "schema": _schema(version.get("schema")),
                }
                for version in objects_at(spec, "versions")
                if version.get("served") is not False
            ],
        },
    }


def _schema(value: JsonValue, *, is_names: bool = False) -> JsonValue:
    """Return a schema without words; below ``properties`` the keys are names of fields."""
    if isinstance(value, list):
        return [_schema(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _schema(item, is_names=key == "properties" and not is_names)
        for key, item in value.items()
        if is_names or key not in _WORDS
    }
