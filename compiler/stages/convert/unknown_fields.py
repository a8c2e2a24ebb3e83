"""Fields that no version of a kind has: API servers dropped them until they learned to refuse."""

from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import text_at
from compiler.stages.validate.json_schema import field_path
from compiler.stages.validate.kubernetes_schemas import schemas_for, supported_versions


def drop_unknown_fields(body: JsonObject, version: str) -> list[str]:
    """Remove them in place, and say which."""
    if version not in supported_versions():
        return []
    kind = text_at(body, "kind")
    checker = schemas_for(version).checker(text_at(body, "apiVersion"), kind)
    found = checker.violations(body) if checker else []
    paths = [violation.path for violation in found if violation.at_key]
    for path in paths:
        _remove(body, path)
    return [f"{field_path(path)}: dropped, a {kind} has no such field" for path in paths]


def _remove(body: JsonObject, path: tuple[str | int, ...]) -> None:
    around: JsonValue = body
    for key in path[:-1]:
        if isinstance(around, dict):
            around = around[str(key)]
        elif isinstance(around, list):
            around = around[int(key)]
    if isinstance(around, dict):
        around.pop(str(path[-1]), None)
