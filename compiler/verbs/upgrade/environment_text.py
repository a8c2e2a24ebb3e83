"""Writes new environment files: one parameter a line, in a stable order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compiler.model.json import JsonObject, JsonValue
from compiler.stages.flow import flow_text

_BLOCK_DEPTH = 3  # component, params, parameter; deeper values stay on their line
_HEAD = """\
# yaml-language-server: $schema=../schemas/environment.schema.json
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentText:
    """An environment file to be written.

    Attributes:
        head: The fields before ``components``.
    """

    comment: str
    head: JsonObject
    components: JsonObject


def environment_text(environment: EnvironmentText) -> str:
    """Return the text of an environment file."""
    comment = f"# {environment.comment}\n" if environment.comment else ""
    fields = {"apiVersion": "kuplet.dev/v1", "kind": "Environment", **environment.head}
    text = _HEAD + comment + mapping_text(fields)
    if not environment.components:
        return text
    lines = _lines(environment.components, 2, _BLOCK_DEPTH)
    return text + "components:\n" + "".join(f"{line}\n" for line in lines)


def mapping_text(fields: Mapping[str, JsonValue]) -> str:
    """Return fields as YAML; the objects among them one entry a line."""
    return "".join(f"{line}\n" for line in _lines(fields, 0, 2))


def _lines(fields: Mapping[str, JsonValue], indent: int, depth: int) -> Iterator[str]:
    for key, value in fields.items():
        start = f"{' ' * indent}{flow_text(key)}:"
        if depth > 1 and isinstance(value, dict) and value:
            yield start
            yield from _lines(value, indent + 2, depth - 1)
        else:
            yield f"{start} {flow_text(value)}"
