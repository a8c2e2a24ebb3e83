"""Says what of a stored release is not as kuplet writes it: half of one would be taken for less."""

import re
from collections.abc import Iterator, Mapping

from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import list_at, mapping_at, text_at, value_at

# What every record has had from the first version on.
_FIELDS: Mapping[str, type] = {
    **dict.fromkeys(("app", "environment"), str),
    **dict.fromkeys(("components", "objects"), list),
    **dict.fromkeys(("packages", "parameters"), dict),
}
_LINES = ("digest", "started", "tool", "user")  # printed amid a line
_LINE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]*")
# What the API server takes. Source: ValidatePathSegmentName, apimachinery/pkg/api/validation/path.
_SEGMENT = re.compile(r"(?!\.{1,2}$)[^/%\x00-\x1f\x7f-\x9f]{1,253}")
_WORD = r"[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?"
_KIND = re.compile(_WORD)
_VERSION = re.compile(rf"({_WORD}(\.{_WORD})*/)?{_WORD}")


def misshapen(document: JsonObject) -> Iterator[str]:
    """Yield what a stored document lacks, or has in another form."""
    yield from (key for key, kind in _FIELDS.items() if not isinstance(document.get(key), kind))
    for name in ("components", "objects", "besides"):
        is_whole = _is_text if name == "components" else _is_object
        for number, item in enumerate(list_at(document, name)):
            if not is_whole(item):
                yield f"{name}[{number}]"
    yield from (key for key in _LINES if not _LINE.fullmatch(text_at(document, key)))
    promoted = document.get("promoted")
    if promoted is not None and not isinstance(promoted, dict):
        yield "promoted"
    for name, parameters in mapping_at(document, "parameters").items():
        is_complete = isinstance(parameters, dict) and all(
            isinstance(item, dict) and "value" in item for item in parameters.values()
        )
        if not is_complete:
            yield f"parameters.{name}"


def _is_text(value: JsonValue) -> bool:
    return isinstance(value, str)


def _is_object(body: JsonValue) -> bool:
    """Return whether there can be such an object, so that asking for it is no other request."""
    namespace, labels = (value_at(body, "metadata", key) for key in ("namespace", "labels"))
    return bool(
        _VERSION.fullmatch(text_at(body, "apiVersion"))
        and _KIND.fullmatch(text_at(body, "kind"))
        and _SEGMENT.fullmatch(text_at(body, "metadata", "name"))
        and (namespace is None or (isinstance(namespace, str) and _SEGMENT.fullmatch(namespace)))
        and (labels is None or _is_texts(labels))
    )


def _is_texts(value: JsonValue) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))
