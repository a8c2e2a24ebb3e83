"""Tells one cluster from all others, whatever its address and certificates are."""

from compiler.executor.port import ClusterPort
from compiler.model.json import JsonObject
from compiler.model.manifest import text_at

NAMESPACE = "kube-system"  # every cluster has it, and nobody makes it anew


def cluster_uid(cluster: ClusterPort) -> str:
    """Return the identity of a cluster, by convention the UID of its namespace ``kube-system``.

    Raises:
        ApiError: We may not look.
    """
    live: JsonObject | None = cluster.read_cluster_scoped("v1", "Namespace", NAMESPACE)
    return text_at(live, "metadata", "uid")
