"""Says what became of a step that did not succeed."""

from collections.abc import Sequence

from compiler.errors import ExternalError
from compiler.executor.port import CONFLICT, ApiError
from compiler.executor.refusal import refusal
from compiler.kinds.kind import TRAINING_RUN, Life
from compiler.kinds.table import kind_of
from compiler.model.finding import Finding
from compiler.model.manifest import ObjectRef
from compiler.model.plan import Step
from compiler.stages.words import deletion

_HINTS = {
    "object-timeout": "allow it more time with --timeout, or do not wait for it: --no-wait",
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
        return error.findings[0]
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
    """Return how to get past a run that has failed: whether an apply repeats it, onChange says."""
    kind = kind_of(step.ref)
    if rule != "object-failed" or kind.life is not Life.RUN:
        return ""
    if kind.run == TRAINING_RUN:
        exception = f"with onChange: fail, remove this one first: {deletion(step.ref)}"
        return f"mend the cause and apply: that is a new run; {exception}"
    return f"{run_again(step.ref)}; with onChange: run, apply alone"


def run_again(ref: ObjectRef) -> str:
    """Return how to repeat a run that has failed, where no apply does."""
    cure = "mend the cause, remove the run, apply"
    return f"a run that has failed stays failed: {cure}: {deletion(ref)}"
