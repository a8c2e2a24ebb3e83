"""Shows which live values are written back into an app."""

from collections.abc import Iterator

from compiler.cli.report.findings import finding_json
from compiler.cli.report.languages import json_text
from compiler.executor.remarks import owner_words, value_words
from compiler.model.json import JsonObject
from compiler.model.write_back import WriteBack, WrittenField, WrittenParameter


def write_back_text(found: WriteBack) -> str:
    """Return each parameter with its values, and the fields that it is read from."""
    return "\n".join(_lines(found))


def _lines(found: WriteBack) -> Iterator[str]:
    for item in found.parameters:
        yield f"  {item.ref}: {value_words(item.before)} → {value_words(item.after)}"
        for field in item.fields:
            who = " and ".join(map(owner_words, field.writers))
            yield f"      {field.object}, {field.path}{f', by {who}' if who else ''}"


def write_back_json(found: WriteBack) -> str:
    """Return the same for programs, with what stays as it is."""
    document: JsonObject = {
        "apiVersion": "kuplet.dev/v1",
        "kind": "WriteBack",
        "parameters": [_parameter_json(item) for item in found.parameters],
        "findings": [finding_json(item) for item in found.findings],
    }
    return json_text(document)


def _parameter_json(item: WrittenParameter) -> JsonObject:
    return {
        "name": str(item.ref),
        "before": item.before,
        "after": item.after,
        "fields": [_field_json(field) for field in item.fields],
    }


def _field_json(field: WrittenField) -> JsonObject:
    return {
        "object": field.object,
        "path": field.path,
        "managers": [
            {"manager": item.manager, "time": item.time, "subresource": item.subresource}
            for item in field.writers
        ],
    }
