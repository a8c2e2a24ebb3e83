"""Renders a promotion: what it copies, and the objects that change."""

from compiler.cli.report.diff import environments_text
from compiler.stages.diff import compare_environments
from compiler.stages.promotion.words import change_lines
from compiler.stages.words import counted
from compiler.verbs.promote.promote import PlannedPromotion


def plan_text(planned: PlannedPromotion) -> str:
    """Return what is copied, and the objects that change."""
    target = planned.target
    pairs = compare_environments(planned.effect.before, planned.effect.after)
    lines = [
        f"promote {planned.where} to {target}",
        *(f"  {line}" for line in change_lines(planned.plan)),
        "",
        f"changes in {target}: {counted(len(pairs), 'object')}",
    ]
    return "\n".join(lines) + "\n" + environments_text(pairs)
