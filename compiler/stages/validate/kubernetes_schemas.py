"""The OpenAPI schemas of Kubernetes, offline: the data of the package ``kubernetes-validate``."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at

if TYPE_CHECKING:
    from importlib.abc import Traversable

    from jsonschema.protocols import Validator

_METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
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

    def validator(self, api_version: str, kind: str) -> "Validator | None":
        """Return the strict validator of a kind; ``None`` when this version does not serve it."""
        name = self.definitions.get((api_version, kind))
        return _validator(self.version, name) if name else None

    def schema(self, api_version: str, kind: str) -> JsonObject:
        """Return the schema of a kind; empty when this version does not serve it."""
        name = self.definitions.get((api_version, kind), "")
        return mapping_at(self.document, "$defs", name)

    @property
    def metadata(self) -> "Validator":
        """The validator of what stands in ``metadata``."""
        return _validator(self.version, _METADATA)

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
def _validator(version: str, name: str) -> "Validator":
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    document = schemas_for(version).document
    uri = str(document["$id"])
    resource: Resource[Any] = Resource.from_contents(document)
    registry: Registry[Any] = Registry().with_resource(uri, resource)
    return Draft202012Validator({"$ref": f"{uri}#/$defs/{name}"}, registry=registry)


def _data() -> "Traversable":
    return files("kubernetes_validate").joinpath("kubernetes-json-schema")
