"""Custom resources: their schemas come from the same compile, the app, or from kuplet."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from compiler.bundled import bundled
from compiler.kinds.definitions import crd_kind, is_crd
from compiler.model.definition import KeptDefinition
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, mapping_at, objects_at, text_at
from compiler.stages.validate.cel_rules import RULES
from compiler.stages.validate.definitions import body_of, definition_file
from compiler.stages.validate.sound_schema import sound_schema

_AMOUNTS = ("integer", "string")
_LOOSE_AMOUNTS = ("integer", "number", "string")
_KEPT = ("default", "nullable", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", RULES)


@dataclass(frozen=True, kw_only=True)
class CustomSchema:
    """What an object of a custom kind is checked with.

    Attributes:
        openapi: The schema as its definition has it; ``None`` where that has none, and takes all.
        amounts: The types of what may be a whole number or a text.
        source: Where it is from, if not from the compile: ``kueue 0.19.2``.
    """

    openapi: JsonObject | None
    amounts: tuple[str, ...] = _AMOUNTS
    source: str = ""

    @cached_property
    def schema(self) -> JsonObject:
        """The same as a strict JSON Schema, which takes a while to make of a large one."""
        return {} if self.openapi is None else strict_schema(self.openapi, self.amounts)


def crd_schemas(
    manifests: Sequence[Manifest], definitions: Iterable[KeptDefinition] = ()
) -> dict[tuple[str, str], CustomSchema]:
    """Return what the objects are checked with, by ``(apiVersion, kind)``.

    The compile's own CRDs count more than the definitions of the app, and these more than what
    kuplet ships.

    Raises:
        AppError: A definition of the app cannot be used.
    """
    kinds = {(item.ref.group, item.ref.kind) for item in manifests}
    shipped = (_shipped(*kind) for kind in sorted(kinds))
    found = {key: each for some in shipped for key, each in some.items()}
    named = {kind for _, kind in kinds}  # of another group it may be what was meant
    for definition in definitions:
        if definition.kind in named:
            found.update(_kept(body_of(definition)))
    for manifest in manifests:
        if is_crd(manifest):
            own = _schemas_of(manifest.body)
            found.update({key: CustomSchema(openapi=schema) for key, schema in own})
    return found


def versions_defined(manifests: Iterable[Manifest]) -> dict[tuple[str, str], list[str]]:
    """Return the versions that the compile's own CRDs serve, by API group and kind."""
    return {
        crd_kind(manifest): [version for (version, _), _ in _schemas_of(manifest.body)]
        for manifest in manifests
        if is_crd(manifest)
    }


@cache
def _shipped(group: str, kind: str) -> Mapping[tuple[str, str], CustomSchema]:
    file = bundled("schemas") / definition_file(group, kind)
    if not group or not file.is_file():
        return {}
    definition: JsonObject = json.loads(file.read_text(encoding="utf-8"))
    return dict(_kept(definition))


def _kept(definition: JsonObject) -> Iterator[tuple[tuple[str, str], CustomSchema]]:
    """Yield what a definition says that is not of the compile.

    Its cluster has its controller, whose webhooks may read an amount such as ``0.5`` and write it
    as text before the API server looks.
    """
    source = text_at(definition, "source")
    for key, schema in _schemas_of(definition):
        yield key, CustomSchema(openapi=schema, amounts=_LOOSE_AMOUNTS, source=source)


def _schemas_of(crd: JsonObject) -> Iterator[tuple[tuple[str, str], JsonObject | None]]:
    """Yield the schema of each version; a definition of v1beta1 may have none, and takes all."""
    group, kind = text_at(crd, "spec", "group"), text_at(crd, "spec", "names", "kind")
    if only := text_at(crd, "spec", "version"):
        yield (f"{group}/{only}", kind), None
    for version in objects_at(crd, "spec", "versions"):
        schema = mapping_at(version, "schema", "openAPIV3Schema")
        if version.get("served") is not False:
            yield (f"{group}/{text_at(version, 'name')}", kind), schema


def strict_schema(
    schema: JsonObject, amounts: Sequence[str] = _AMOUNTS, *, is_root: bool = True
) -> JsonObject:
    """Return an OpenAPI v3 structural schema as a strict JSON Schema: unknown fields are errors.

    Fields below ``x-kubernetes-preserve-unknown-fields`` stay open, as on the API server. What no
    validator reads but `defaulted` and `repeated_items` do is kept.

    Args:
        amounts: The types of what may be a whole number or a text.
    """

    def child(value: JsonValue) -> JsonValue:
        return strict_schema(value, amounts, is_root=False) if isinstance(value, dict) else {}

    strict = {**sound_schema(schema), **{key: schema[key] for key in _KEPT if key in schema}}
    if schema.get("x-kubernetes-int-or-string") is True:
        strict.pop("type", None)
        strict["anyOf"] = [{"type": name} for name in amounts]
    if schema.get("nullable") is True and "type" in strict:
        strict["type"] = [strict["type"], "null"]
    properties = mapping_at(schema, "properties")
    if properties:
        strict["properties"] = {name: child(item) for name, item in properties.items()}
    if is_root or schema.get("x-kubernetes-embedded-resource") is True:
        envelope: JsonObject = {"apiVersion": {}, "kind": {}, "metadata": {}}
        strict["properties"] = {**mapping_at(strict, "properties"), **envelope}
    for keyword in ("items", "additionalProperties"):
        if isinstance(strict.get(keyword), dict):
            strict[keyword] = child(strict[keyword])
    is_open = schema.get("x-kubernetes-preserve-unknown-fields") is True
    if schema.get("type") == "object" and "additionalProperties" not in schema and not is_open:
        strict["additionalProperties"] = False
    return strict
