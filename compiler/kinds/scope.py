"""Which kinds live outside namespaces."""

from collections.abc import Iterable

from compiler.kinds.definitions import crd_kind, is_crd
from compiler.kinds.table import KINDS
from compiler.model.manifest import Manifest, text_at


def cluster_scoped_kinds(manifests: Iterable[Manifest]) -> frozenset[tuple[str, str]]:
    """Return ``(group, kind)`` of all cluster-scoped kinds, the set's own CRDs' included."""
    own = (
        crd_kind(crd)
        for crd in manifests
        if is_crd(crd) and text_at(crd.body, "spec", "scope") == "Cluster"
    )
    known = (key for key, kind in KINDS.items() if kind.is_cluster_scoped)
    return frozenset(known).union(own)
