"""Makes a plan from a comparison: steps in dependency order, each with what it waits for."""

from compiler.model.app import Goal
from compiler.model.change import Comparison
from compiler.model.compiled import CompiledEnvironment
from compiler.model.dag import Dependency
from compiler.model.manifest import Manifest, ObjectRef
from compiler.model.plan import Plan, Step


def build_plan(
    compiled: CompiledEnvironment, comparison: Comparison, destination: str, *, wait: bool
) -> Plan:
    """Return the plan of an apply.

    Args:
        wait: Whether the apply waits until every object is ready, not only those that others need.
    """
    planned = {change.manifest.ref for change in comparison.changes}
    linked = compiled.dag.needs
    needs = {
        ref: [need for need in linked.get(ref, ()) if need.needed in planned] for ref in planned
    }
    for change in comparison.changes:
        _wait_for_added_namespace(change.manifest, needs)
    goals = dict.fromkeys(planned, Goal.READY if wait else Goal.PRESENT)
    for ref in planned:
        for need in needs[ref]:
            goals[need.needed] = max(goals[need.needed], need.until)
    steps = tuple(
        Step(
            change=change,
            needs=tuple(needs[change.manifest.ref]),
            until=goals[change.manifest.ref],
        )
        for change in comparison.changes
    )
    environment = compiled.environment
    return Plan(
        app=environment.app,
        environment=environment.name,
        destination=destination,
        comparison=comparison,
        steps=steps,
    )


def _wait_for_added_namespace(manifest: Manifest, needs: dict[ObjectRef, list[Dependency]]) -> None:
    """Let an object wait for a Namespace that the comparison added to the compile's objects."""
    namespace = ObjectRef("", "Namespace", "", manifest.ref.namespace)
    is_linked = any(need.needed == namespace for need in needs[manifest.ref])
    if manifest.ref.namespace and namespace in needs and not is_linked:
        needs[manifest.ref].append(
            Dependency(
                dependent=manifest.ref,
                needed=namespace,
                until=Goal.READY,
                reason="lives in this Namespace",
            )
        )
