"""What rules ask of the pods inside an object."""

from compiler.kinds.pod_template import PodTemplate
from compiler.kinds.table import kind_of
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, objects_at, once, text_at

_LISTS = ("initContainers", "containers", "ephemeralContainers")


def pods_of(manifest: Manifest | None) -> tuple[PodTemplate, ...]:
    """Return each sort of pods that an object makes."""
    return _pods_of(manifest) if manifest else ()


@once
def _pods_of(manifest: Manifest) -> tuple[PodTemplate, ...]:
    finder = kind_of(manifest.ref).pods
    return tuple(pods for pods in finder(manifest.body) if pods.spec)


def containers_of(manifest: Manifest | None) -> tuple[tuple[str, JsonObject], ...]:
    """Return every container with its path: ``spec.template.spec.containers[web]``."""
    return _containers_of(manifest) if manifest else ()


@once
def _containers_of(manifest: Manifest) -> tuple[tuple[str, JsonObject], ...]:
    return tuple(
        (pods.place_of(name, index, text_at(container, "name")), container)
        for pods in pods_of(manifest)
        for name in _LISTS
        for index, container in enumerate(objects_at(pods.spec, name))
    )


def named(items: list[JsonObject]) -> dict[str, JsonObject]:
    """Index a list of objects by their names."""
    return {text_at(item, "name"): item for item in items}
