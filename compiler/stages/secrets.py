"""Looks into the Secrets of an environment for values of its parameters."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from compiler.model.json import JsonValue
from compiler.model.manifest import Manifest
from compiler.model.parameter import Parameter
from compiler.model.secret import hidden_fields, looks_secret
from compiler.stages.reach import probes_of

_MARK = "probe"
_Test: TypeAlias = Callable[[JsonValue], bool]
_Way: TypeAlias = Callable[[JsonValue], JsonValue]


def secret_data(manifests: Iterable[Manifest]) -> dict[str, list[str]]:
    """Return what the Secrets of each component hold, whatever they are called, in a fixed order.

    Components without a Secret that holds something are left out.
    """
    found: dict[str, list[str]] = {}
    for manifest in manifests:
        fields = hidden_fields(manifest.body)
        if any(fields.values()):
            text = json.dumps(fields, sort_keys=True)
            found.setdefault(manifest.origin.component, []).append(text)
    return {component: sorted(texts) for component, texts in found.items()}


def secret_texts(manifests: Iterable[Manifest]) -> dict[str, list[str]]:
    """Return every value in the Secrets of each component: as it is written, and decoded."""
    found: dict[str, list[str]] = {}
    for manifest in manifests:
        if not looks_secret(manifest.body):
            continue
        texts = found.setdefault(manifest.origin.component, [])
        for field, hidden in hidden_fields(manifest.body).items():
            for value in _leaves(hidden):
                texts += [str(value), *(_decoded(str(value)) if field != "stringData" else ())]
    return found


def probes_for(parameter: Parameter, texts: Sequence[str]) -> list[JsonValue]:
    """Return other values for a parameter of which some text holds a part; none if none does.

    Only the parts that a text holds are others: what else a list or an object has stays.
    """

    def is_held(leaf: JsonValue) -> bool:
        return any(form in text for form in _forms(leaf) for text in texts)

    if not any(map(is_held, _leaves(parameter.value))):
        return []
    if not isinstance(parameter.value, list | dict):
        return list(probes_of(parameter))
    ways = (_with_more_after, _with_more_before)
    return [_changed(parameter.value, is_held, way) for way in ways]


def probe_of(parameter: Parameter) -> JsonValue:
    """Return another value for a parameter, all of it; ``None`` if it holds nothing secret."""

    def is_something(leaf: JsonValue) -> bool:
        return bool(_forms(leaf))

    if not any(map(is_something, _leaves(parameter.value))):
        return None
    if parameter.spec and parameter.spec.choices:
        return next(probes_of(parameter), None)
    return _changed(parameter.value, is_something, _with_more_around)


def _decoded(text: str) -> Iterator[str]:
    try:
        yield base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return


def _leaves(value: JsonValue) -> Iterator[JsonValue]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _forms(leaf: JsonValue) -> list[str]:
    """Return how a text may hold a value; none knows true, false, null or an empty text."""
    if isinstance(leaf, str):
        return [leaf] if leaf else []
    if isinstance(leaf, int | float) and not isinstance(leaf, bool):
        return [json.dumps(leaf), f"{leaf:.17g}"]  # the second one is Jsonnet's
    return []


def _changed(value: JsonValue, is_meant: _Test, way: _Way) -> JsonValue:
    """Return a value with another one in the place of each leaf that is meant."""
    if isinstance(value, dict):
        return {key: _changed(item, is_meant, way) for key, item in value.items()}
    if isinstance(value, list):
        return [_changed(item, is_meant, way) for item in value]
    return way(value) if is_meant(value) else value


def _with_more_after(leaf: JsonValue) -> JsonValue:
    return f"{leaf}{_MARK}" if isinstance(leaf, str) else _number(leaf) + 1


def _with_more_before(leaf: JsonValue) -> JsonValue:
    return f"{_MARK}{leaf}" if isinstance(leaf, str) else _number(leaf) - 1


def _with_more_around(leaf: JsonValue) -> JsonValue:
    return f"{_MARK}{leaf}{_MARK}" if isinstance(leaf, str) else _number(leaf) + 1


def _number(leaf: JsonValue) -> float:
    return leaf if isinstance(leaf, int | float) else 0
