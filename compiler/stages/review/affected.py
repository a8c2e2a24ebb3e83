"""Finds the components that a change reaches: those that change, and those that wait for them."""

from collections.abc import Sequence

from compiler.model.compiled import CompiledEnvironment
from compiler.model.dag import ManifestDag
from compiler.model.difference import ObjectDifference
from compiler.stages.link.views import component_dag, component_ref, waiting_for


def affected(
    before: CompiledEnvironment | None,
    after: CompiledEnvironment | None,
    objects: Sequence[ObjectDifference],
) -> ManifestDag:
    """Return the components whose objects differ and all that wait for them.

    What is removed still has those that waited for it.
    """
    sides = [side for side in (before, after) if side]
    owner = {item.ref: item.origin.component for side in sides for item in side.manifests}
    kept = {item.ref for item in after.manifests} if after else set()
    direct = [
        edge
        for side in sides
        for edge in side.dag.direct
        if side is after or not {edge.needed, edge.dependent} <= kept
    ]
    barriers = [
        barrier
        for side in sides
        for barrier in side.dag.barriers
        if side is after or not {*barrier.needed, *barrier.dependents} <= kept
    ]
    dag = ManifestDag(direct=tuple(direct), barriers=tuple(barriers))
    whole = component_dag(dag, owner)
    return waiting_for(whole, {component_ref(item.manifest.origin.component) for item in objects})
