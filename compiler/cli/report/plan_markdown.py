"""Renders a plan as Markdown: a comment for whoever reviews it."""

from collections.abc import Iterator, Sequence

from compiler.cli.report.diff import summary_text, unified_yaml
from compiler.cli.report.languages import (
    Document,
    markdown_code,
    markdown_text,
    one_line,
    without_styles,
)
from compiler.cli.report.plan import SIGNS, plan_title
from compiler.cli.report.review_markdown import fence, folded, joined
from compiler.model.change import Action, Comparison, ObjectChange
from compiler.model.finding import Finding
from compiler.model.plan import Plan, Step

_MAX_LINES = 400  # of one object


def plan_markdown(plan: Plan, comparison: Comparison) -> Document:
    """Return what is done to which object, with the differences folded."""
    changes = {change.manifest.ref: change for change in comparison.changes}
    steps = [step for step in plan.steps if step.action is not Action.KEEP or step.why]
    blocks = [
        f"## kuplet plan\n\n{markdown_text(plan_title(plan))}: **{summary_text(plan)}**\n",
        _table(steps),
        *(f"- {_finding(item)}\n" for item in comparison.findings),
        *(_difference(changes[step.ref]) for step in steps if step.action is not Action.KEEP),
    ]
    return Document(joined([block for block in blocks if block]))


def _table(steps: Sequence[Step]) -> str:
    if not steps:
        return ""
    lines = ["| | object | component | what |", "|---|---|---|---|", *map(_row, steps)]
    return "\n".join(lines) + "\n"


def _row(step: Step) -> str:
    fields = ", ".join(markdown_code(item.path) for item in step.fields)
    why = markdown_text(step.why)
    what = f"{fields} ({why})" if fields and why else fields or why
    cells = (
        SIGNS[step.action][0],
        markdown_code(str(step.ref)),
        markdown_text(step.manifest.origin.component),
        what,
    )
    return f"| {' | '.join(cells)} |"


def _finding(item: Finding) -> str:
    return f"{item.severity.value}: {markdown_text(item.message)}"


def _difference(change: ObjectChange) -> str:
    ref = change.manifest.ref.qualified
    lines = [one_line(without_styles(line)) for line in _lines(change)]
    if len(lines) > _MAX_LINES:
        lines = [*lines[:_MAX_LINES], f"… {len(lines) - _MAX_LINES} more lines"]
    mark = fence(lines)
    return folded(ref, [f"{mark}diff", *lines, mark])


def _lines(change: ObjectChange) -> Iterator[str]:
    yield from unified_yaml(change.before, change.after, change.manifest.ref.qualified)
    for key in change.generates:
        yield f"# {key}: made up at the first apply"
