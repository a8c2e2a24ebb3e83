"""Asks the rules of a custom resource that its definition writes in CEL.

Those about what was there before (``oldSelf``), and those that use what Kubernetes has added to the
language, are left to the API server: here they cannot be answered.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.stages.validate.json_schema import SchemaViolation

RULES = "x-kubernetes-validations"
_BEFORE = "oldSelf"


def broken_rules(
    value: JsonValue, schema: JsonObject, path: tuple[str | int, ...] = ()
) -> Iterator[SchemaViolation]:
    """Yield the rules that a value and what is below it breaks, as the server would name them.

    Args:
        value: With the defaults that the server fills in.
        schema: A structural schema that still says its rules.
    """
    for rule in objects_at(schema, RULES):
        expression = text_at(rule, "rule")
        if _BEFORE not in expression and _answer(expression, value) is False:
            message = text_at(rule, "message").strip() or f"it breaks the rule {expression}"
            yield SchemaViolation(path=path, message=message)
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from broken_rules(item, mapping_at(schema, "items"), (*path, index))
    elif isinstance(value, dict):
        properties = mapping_at(schema, "properties")
        others = mapping_at(schema, "additionalProperties")
        for key, item in value.items():
            yield from broken_rules(item, mapping_at(properties, key) or others, (*path, key))


def _answer(expression: str, value: JsonValue) -> bool | None:
    """Return what an expression says of a value; ``None`` when it cannot be asked here."""
    from cel_expr_python import cel

    compiled = _compiled(expression)
    if compiled is None:
        return None
    try:
        found = compiled.eval(data={"self": value})
        return found.plain_value() if found.type() == cel.Type.BOOL else None
    except (RuntimeError, TypeError):
        return None


@cache
def _compiled(expression: str) -> Any:
    from cel_expr_python import cel

    try:
        return cel.NewEnv(variables={"self": cel.Type.DYN}).compile(expression)
    except (RuntimeError, TypeError):
        return None
