"""Reads what a cluster has for pods: nodes, and what namespaces may use."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from compiler.executor.port import ApiError, ClusterPort
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject
from compiler.model.manifest import text_at
from compiler.stages.fits.nodes import Node, node_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What there is for pods.

    Attributes:
        nodes: ``None`` when they cannot be seen.
        quotas: The ResourceQuotas by namespace.
        ranges: The LimitRanges by namespace.
        unseen: A warning for each thing that could not be read.
    """

    nodes: Sequence[Node] | None
    quotas: Mapping[str, Sequence[JsonObject]]
    ranges: Mapping[str, Sequence[JsonObject]]
    unseen: tuple[Finding, ...] = ()


def capacity_of(cluster: ClusterPort, namespaces: Collection[str]) -> Capacity:
    """Return what a cluster has for the pods of an environment.

    Args:
        namespaces: Those of the environment; what runs there counts as its own.
    """
    look = _Look(cluster)
    nodes = look.at("v1", "Node")
    pods = look.at("v1", "Pod") if nodes is not None else None
    others = [pod for pod in pods or () if text_at(pod, "metadata", "namespace") not in namespaces]
    found = [node_of(item, others) for item in nodes or ()]
    return Capacity(
        nodes=[node for node in found if node] if nodes is not None else None,
        quotas={name: look.at("v1", "ResourceQuota", name) or () for name in namespaces},
        ranges={name: look.at("v1", "LimitRange", name) or () for name in namespaces},
        unseen=tuple(look.unseen),
    )


class _Look:
    """Lists objects, and remembers what could not be listed."""

    def __init__(self, cluster: ClusterPort) -> None:
        self._cluster = cluster
        self.unseen: list[Finding] = []

    def at(self, api_version: str, kind: str, namespace: str = "") -> list[JsonObject] | None:
        try:
            return self._cluster.list_objects(api_version, kind, namespace)
        except ApiError as error:
            where = f' of namespace "{namespace}"' if namespace else ""
            message = (
                f"the {kind}s{where} cannot be seen, so nothing is said of them: {error.message}"
            )
            self.unseen.append(
                Finding(rule="fits-unseen", severity=Severity.WARNING, message=message)
            )
            return None
