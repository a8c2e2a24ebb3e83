"""The templates of claims in a StatefulSet, and how much storage they ask for."""

from dataclasses import dataclass, replace
from fractions import Fraction

from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, mapping_at, objects_at, text_at
from compiler.stages.quantity import parse_quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How much storage a template of claims asks for, before and after.

    Attributes:
        path: Where the manifest says it.
    """

    template: str
    path: str
    before: JsonValue
    after: JsonValue

    @property
    def is_shrinking(self) -> bool:
        """Whether it would be less."""
        return amount_of(self.after) < amount_of(self.before)

    def __str__(self) -> str:
        return f"{self.template} {self.before} → {self.after}"


def growths_of(manifest: Manifest, live: JsonObject) -> list[Growth]:
    """Return which templates of claims ask for another size than those of a live StatefulSet."""
    if (manifest.ref.group, manifest.ref.kind) != ("apps", "StatefulSet"):
        return []
    before = {name_of(item): storage_of(item) for item in templates_of(live)}
    return [
        Growth(
            template=name_of(item),
            path=f"spec.volumeClaimTemplates[{index}].spec.resources.requests.storage",
            before=before[name_of(item)],
            after=storage_of(item),
        )
        for index, item in enumerate(templates_of(manifest.body))
        if name_of(item) in before
        and amount_of(before[name_of(item)]) != amount_of(storage_of(item))
    ]


def with_sizes_of(manifest: Manifest, sizes: JsonObject) -> Manifest:
    """Return a StatefulSet whose templates of claims ask for as much as those of another body."""
    wanted = {name_of(item): storage_of(item) for item in templates_of(sizes)}
    templates: list[JsonValue] = [
        _with_storage(item, wanted.get(name_of(item))) for item in templates_of(manifest.body)
    ]
    spec = {**mapping_at(manifest.body, "spec"), "volumeClaimTemplates": templates}
    return replace(manifest, body={**manifest.body, "spec": spec})


def templates_of(body: JsonObject) -> list[JsonObject]:
    """Return the templates of claims of a StatefulSet."""
    return objects_at(body, "spec", "volumeClaimTemplates")


def name_of(body: JsonObject) -> str:
    """Return the name of a claim or of a template."""
    return text_at(body, "metadata", "name")


def storage_of(body: JsonObject) -> JsonValue:
    """Return how much a claim or a template asks for, as it is written."""
    return mapping_at(body, "spec", "resources", "requests").get("storage")


def amount_of(storage: JsonValue) -> Fraction:
    """Return an amount of storage as a number."""
    return parse_quantity(storage) or Fraction(0)


def _with_storage(template: JsonObject, storage: JsonValue) -> JsonObject:
    if storage is None:
        return template
    spec = mapping_at(template, "spec")
    resources = mapping_at(spec, "resources")
    requests = {**mapping_at(resources, "requests"), "storage": storage}
    return {**template, "spec": {**spec, "resources": {**resources, "requests": requests}}}
