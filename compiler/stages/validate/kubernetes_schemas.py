"""The OpenAPI schemas of Kubernetes, offline: the data of the package ``kubernetes-validate``."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import mapping_at
from compiler.stages.validate.json_schema import Checker, references_in

_METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_REFERENCE = "#/$defs/"
_FOLDER = re.compile(r"v(\d+)\.(\d+)\.\d+-local-strict")


@dataclass(frozen=True, slots=True)
class KubernetesSchemas:
    """The schemas of one Kubernetes version.

    Attributes:
        definitions: Name of the definition of each ``(apiVersion, kind)``.
    """

    version: str
    document: JsonObject
    definitions: Mapping[tuple[str, str], str]

    def checker(self, api_version: str, kind: str) -> Checker | None:
        """Return the strict checker of a kind; ``None`` when this version does not serve it."""
        name = self.definitions.get((api_version, kind))
        return _checker(self.version, name) if name else None

    def schema(self, api_version: str, kind: str) -> JsonObject:
        """Return the schema of a kind; empty when this version does not serve it."""
        name = self.definitions.get((api_version, kind))
        return self.self_contained(name) if name else {}

    def self_contained(self, name: str) -> JsonObject:
        """Return the schema of a definition with the definitions that it needs, and no other."""
        known, found = mapping_at(self.document, "$defs"), dict[str, JsonValue]()
        left = [name]
        while left:
            each = left.pop()
            if each not in found:
                found[each] = known[each]
                left += _needed_by(self.version, each)
        return {"$ref": f"{_REFERENCE}{name}", "$defs": found}

    @property
    def metadata(self) -> Checker:
        """The checker of what stands in ``metadata``."""
        return _checker(self.version, _METADATA)

    def api_versions_of(self, kind: str) -> list[str]:
        """Return every ``apiVersion`` that has a kind of this name, sorted."""
        return sorted(api_version for api_version, known in self.definitions if known == kind)


@cache
def supported_versions() -> tuple[str, ...]:
    """Return the Kubernetes versions that can be validated against, oldest first."""
    names = (entry.name for entry in _data().iterdir())
    found = (_FOLDER.fullmatch(name) for name in names)
    numbers = sorted((int(match[1]), int(match[2])) for match in found if match)
    return tuple(f"{major}.{minor}" for major, minor in numbers)


@cache
def schemas_for(version: str) -> KubernetesSchemas:
    """Return the schemas of a supported version."""
    text = _data().joinpath(f"v{version}.0-local-strict", "_definitions.json").read_text("utf-8")
    document = json.loads(text)
    definitions = {
        (f"{item['group']}/{item['version']}".lstrip("/"), item["kind"]): name
        for name, schema in document["$defs"].items()
        for item in schema.get("x-kubernetes-group-version-kind", ())
    }
    return KubernetesSchemas(version, document, definitions)


@cache
def _needed_by(version: str, name: str) -> tuple[str, ...]:
    """Return the definitions that a definition refers to."""
    definition = mapping_at(schemas_for(version).document, "$defs", name)
    return tuple(target.removeprefix(_REFERENCE) for target in references_in(definition))


@cache
def _checker(version: str, name: str) -> Checker:
    return Checker(schemas_for(version).self_contained(name))


def _data() -> Path:
    """Return where the schemas are; to import the package would cost more than to read them."""
    found = find_spec("kubernetes_validate")
    places = found.submodule_search_locations if found else None
    return Path(*(places or [])[:1], "kubernetes-json-schema")
