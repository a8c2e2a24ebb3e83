"""Waits until what an environment has in its cluster has come far enough."""

from collections.abc import Iterator
from dataclasses import replace

from compiler.executor.execute import execute
from compiler.executor.running import Patience
from compiler.kinds.kind import Life
from compiler.kinds.table import kind_of
from compiler.model.app import Goal
from compiler.model.change import Action
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef
from compiler.model.outcome import Failed, Outcome
from compiler.model.plan import Plan, Step
from compiler.model.release import ReleaseVerb, RunState
from compiler.verbs.applied import Applied
from compiler.verbs.destination import Target


def plan_wait(found: Applied, target: Target, goal: Goal) -> Plan:
    """Return the plan that changes nothing, and waits for each object as an apply does.

    Only runs can be completed; everything else is to be ready.
    """
    environment = found.environment
    return Plan(
        verb=ReleaseVerb.APPLY,
        app=environment.app,
        environment=environment.name,
        destination=target.words,
        target=target.identity,
        owner=environment.owner,
        after=found.revision,
        digest="",
        readiness=environment.readiness,
        steps=tuple(
            Step(
                manifest=item,
                action=Action.KEEP,
                until=_goal(item, goal),
                has_ended=_may_be_gone(item, found),
            )
            for item in found.manifests
        ),
    )


def _may_be_gone(manifest: Manifest, found: Applied) -> bool:
    """Return whether a run was seen complete, and removes itself after that."""
    is_complete = found.runs.get(manifest.ref.qualified) is RunState.COMPLETED
    return is_complete and kind_of(manifest.ref).removes_itself(manifest.body)


def _goal(manifest: Manifest, goal: Goal) -> Goal:
    return goal if kind_of(manifest.ref).life is Life.RUN else min(goal, Goal.READY)


def wait_for(plan: Plan, target: Target, patience: Patience) -> Iterator[Outcome]:
    """Wait as a plan says, and yield what happens; what is not there fails at once.

    Raises:
        ExternalError: The server does not let us look.
    """
    live: dict[ObjectRef, JsonObject] = {}
    there: list[Step] = []
    for step in plan.steps:
        found = target.cluster.read(step.manifest)
        if found is not None:
            live[step.ref] = found
            there.append(replace(step, has_ended=False))
        elif step.has_ended:
            there.append(step)
        else:
            yield Failed(ref=step.ref, finding=_missing(step, plan))
    yield from execute(replace(plan, steps=tuple(there)), target.cluster, patience, live)


def _missing(step: Step, plan: Plan) -> Finding:
    return Finding(
        rule="object-missing",
        message=f"{step.ref.qualified} does not exist",
        object=str(step.ref),
        component=step.manifest.origin.component,
        hint=f"apply it: kuplet apply {plan.environment}",
    )
