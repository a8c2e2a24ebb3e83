"""What becomes of objects that a changed app runs anew, or has no longer."""

from collections.abc import Iterator

from compiler.kinds.definitions import is_crd
from compiler.kinds.kind import TRAINING_RUN, Life
from compiler.kinds.table import kind_of
from compiler.model.app import OnChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, mapping_at

PRUNE = "kuplet.dev/prune"  # keep, or confirm
# Annotations by which objects ask to outlive what made them: kuplet's own, and those of others.
_KEPT_BY = (
    (PRUNE, "keep"),
    ("helm.sh/resource-policy", "keep"),
    ("client.lifecycle.config.k8s.io/deletion", "detach"),
    ("kapp.k14s.io/delete-strategy", "orphan"),
    ("kustomize.toolkit.fluxcd.io/prune", "disabled"),
    ("argocd.argoproj.io/sync-options", "Prune=false"),
)


def renewed(compiled: CompiledEnvironment) -> Iterator[Manifest]:
    """Yield the runs of a compile that start anew when they change."""
    policies = {item.name: item.on_change for item in compiled.environment.components}
    for item in compiled.manifests:
        kind = kind_of(item.ref)
        usual = OnChange.RUN if kind.run == TRAINING_RUN else OnChange.FAIL
        policy = policies.get(item.origin.component) or usual
        if kind.life is Life.RUN and policy is OnChange.RUN:
            yield item


def replaceable(compiled: CompiledEnvironment) -> Iterator[Manifest]:
    """Yield the objects of a compile that are deleted and made anew where they cannot change."""
    policies = {item.name: item.on_change for item in compiled.environment.components}
    for item in compiled.manifests:
        if policies.get(item.origin.component) is OnChange.REPLACE and may_be_replaced(item):
            yield item


def may_be_replaced(manifest: Manifest) -> bool:
    """Return whether an object may be deleted and made anew: never what holds other things."""
    return not (holds_data(manifest) or is_crd(manifest))


def asked_to_stay(body: JsonObject) -> str:
    """Return by which annotation an object asks to stay; empty where none does."""
    annotations = mapping_at(body, "metadata", "annotations")
    for key, value in _KEPT_BY:
        if value in str(annotations.get(key, "")).split(","):
            return f"it asks for it: {key}: {value}"
    return ""


def holds_data(manifest: Manifest) -> bool:
    """Return whether something is lost with an object that no apply brings back."""
    return kind_of(manifest.ref).life is Life.DATA or manifest.ref.kind == "Namespace"
