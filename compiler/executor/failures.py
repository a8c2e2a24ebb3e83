"""Says what became of a step that did not succeed."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from compiler.errors import ExternalError
from compiler.executor.port import CONFLICT, ApiError
from compiler.executor.refusal import refusal
from compiler.kinds.kind import Life
from compiler.kinds.table import kind_of
from compiler.model.finding import Finding
from compiler.model.manifest import ObjectRef
from compiler.model.plan import Plan, Step

OBJECT_FAILED, OBJECT_STUCK = "object-failed", "object-stuck"
_HINTS = {
    "object-timeout": "allow it more time with --timeout, or do not wait for it: --no-wait",
    OBJECT_STUCK: "mend it and apply again; if it mends itself, say onStuck: wait of the component",
    "object-gone": "find out who deletes it, then apply again",
}


def given_up(step: Step, rule: str, message: str, notes: Sequence[str]) -> Finding:
    """Return the finding for an object that will not come as far as it must."""
    return Finding(
        rule=rule,
        message=f"{step.ref.qualified} {message}",
        object=str(step.ref),
        component=step.manifest.origin.component,
        notes=tuple(notes),
        hint=_HINTS.get(rule) or _how_to_go_on(rule, step),
    )


def not_done(error: ExternalError, step: Step, *, is_removal: bool) -> Finding:
    """Return the finding for what the server refused to do, or did not answer."""
    if not isinstance(error, ApiError):
        first, *others = error.findings
        more = tuple(f"also: {item.message.partition(': ')[2]}" for item in others)
        return replace(first, notes=(*first.notes, *more))
    if is_removal and error.code == CONFLICT:
        return made_again(step)
    return refusal(error, step.manifest)


def made_again(step: Step) -> Finding:
    """Return the finding for an object that went, and came back as another one."""
    return Finding(
        rule="object-replaced",
        message=f"{step.ref.qualified} is gone, but somebody has made another one of that name",
        object=str(step.ref),
        component=step.manifest.origin.component,
        hint="look at the plan again: run the command once more",
    )


def _how_to_go_on(rule: str, step: Step) -> str:
    """Return how to get past a run that has failed."""
    is_run = rule == OBJECT_FAILED and kind_of(step.ref).life is Life.RUN
    return "mend the cause, then apply: a run that has failed starts anew" if is_run else ""


def waiting_for(ref: ObjectRef, plan: Plan, pending: Collection[ObjectRef]) -> list[str]:
    """Return a line about the objects that wait for one, directly or not."""
    blocked: dict[ObjectRef, None] = {}
    dependents, left = plan.dependents, list(plan.barriers)
    queue = [ref]
    while queue:
        item = queue.pop(0)
        behind = [barrier for barrier in left if item in barrier.needed]
        left = [barrier for barrier in left if item not in barrier.needed]
        many = (ref for barrier in behind for ref in barrier.dependents)
        for dependent in (*dependents[item], *many):
            if dependent in pending and dependent not in blocked:
                blocked[dependent] = None
                queue.append(dependent)
    names = [str(item) for item in blocked]
    return [f"waiting for it: {', '.join(names)}"] if names else []
