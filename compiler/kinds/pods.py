"""What rules ask of the pods inside an object."""

from collections.abc import Iterator

from compiler.kinds.pod_template import PodTemplate, no_pods
from compiler.kinds.table import kind_of
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, objects_at, text_at

_LISTS = ("initContainers", "containers", "ephemeralContainers")


def pods_of(manifest: Manifest | None) -> list[PodTemplate]:
    """Return each sort of pods that an object makes."""
    finder = kind_of(manifest.ref).pods if manifest else no_pods
    if manifest is None or finder is no_pods:
        return []
    return [pods for pods in finder(manifest.body) if pods.spec]


def containers_of(manifest: Manifest | None) -> Iterator[tuple[str, JsonObject]]:
    """Yield every container with its path: ``spec.template.spec.containers[web]``."""
    for pods in pods_of(manifest):
        for name in _LISTS:
            for index, container in enumerate(objects_at(pods.spec, name)):
                yield pods.place_of(name, index, text_at(container, "name")), container


def named(items: list[JsonObject]) -> dict[str, JsonObject]:
    """Index a list of objects by their names."""
    return {text_at(item, "name"): item for item in items}
