"""What is believed of a kind without a row of its own: common habits of custom resources."""

from typing import Protocol

from compiler.kinds.conditions import COMPLETED
from compiler.kinds.habits.verdict import verdict
from compiler.model.json import JsonObject
from compiler.model.manifest import group_of, text_at
from compiler.model.readiness import Readiness

# The groups in the OpenAPI documents of all Kubernetes versions that kuplet has. Others end in
# .k8s.io too, and are those of custom resources: Gateway API, snapshots of volumes.
_BUILT_IN = frozenset(("", "apps", "autoscaling", "batch", "extensions", "policy")).union(
    f"{name}.k8s.io"
    for name in (
        *("admission", "admissionregistration", "apiextensions", "apiregistration"),
        *("authentication", "authorization", "rbac.authorization", "certificates"),
        *("coordination", "discovery", "events", "flowcontrol.apiserver", "imagepolicy"),
        *("internal.apiserver", "lifecycle", "networking", "node", "resource", "scheduling"),
        *("storage", "storagemigration"),
    )
)


class Surroundings(Protocol):
    """What a rule may ask about the cluster around an object."""

    def read_cluster_scoped(self, api_version: str, kind: str, name: str) -> JsonObject | None:
        """Return another object, or ``None`` when it does not exist."""

    def serves(self, api_version: str, kind: str) -> bool:
        """Return whether a kind is served."""

    def has_status(self, api_version: str, kind: str) -> bool:
        """Return whether objects of this kind have a status that a controller writes."""


def is_built_in(group: str) -> bool:
    """Return whether a group is one of Kubernetes' own."""
    return group in _BUILT_IN


def by_habit(live: JsonObject, around: Surroundings) -> Readiness:
    """Kubernetes' own kinds, and custom resources without status, are done when they exist."""
    api_version, kind = text_at(live, "apiVersion"), text_at(live, "kind")
    if is_built_in(group_of(api_version)) or not around.has_status(api_version, kind):
        return COMPLETED
    return verdict(live)
