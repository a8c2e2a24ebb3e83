"""Tells by the labels of a live object which environment it belongs to."""

from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, text_at


def owner_of(live: JsonObject) -> tuple[str, str] | None:
    """Return the app and the environment that made an object; ``None`` when kuplet did not."""
    labels = mapping_at(live, "metadata", "labels")
    owner = text_at(labels, "kuplet.dev/app"), text_at(labels, "kuplet.dev/environment")
    return owner if all(owner) else None


def is_of_ksonnet(live: JsonObject, component: str) -> bool:
    """Return whether ``ks apply`` made an object for a component of this name."""
    labels = mapping_at(live, "metadata", "labels")
    made_by = text_at(labels, "app.kubernetes.io/deploy-manager")
    return made_by == "ksonnet" and text_at(labels, "ksonnet.io/component") == component
