"""Checks amounts of resources: ``500m``, ``4Gi``."""

import re
from collections.abc import Iterator

from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import mapping_at
from compiler.stages.validate.json_schema import field_path

QUANTITY = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?")


def check_quantities(value: JsonValue, path: tuple[str | int, ...] = ()) -> Iterator[Finding]:
    """Yield a finding for every malformed amount below a field ``resources``."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from check_quantities(item, (*path, index))
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if key == "resources":
            for part in ("requests", "limits"):
                yield from _bad_amounts(mapping_at(item, part), (*path, key, part))
        else:
            yield from check_quantities(item, (*path, key))


def _bad_amounts(amounts: JsonObject, path: tuple[str | int, ...]) -> Iterator[Finding]:
    for name, amount in amounts.items():
        if isinstance(amount, str) and not QUANTITY.fullmatch(amount):
            place = field_path((*path, name))
            message = f'{place}: "{amount}" is no quantity'
            hint = "write, for example, 500m, 2, 4Gi"
            yield Finding(rule="object-quantity", message=message, field=place, hint=hint)
