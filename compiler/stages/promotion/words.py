"""Words of a promotion: what it copies, and the message of its commit."""

from compiler.model.change import FieldChange, ParameterDifference
from compiler.model.promotion import Promoted
from compiler.stages.flow import flow_text
from compiler.stages.promotion.promotion import PromotionPlan


def change_lines(plan: PromotionPlan) -> list[str]:
    """Return a line for each parameter and package version that is copied."""
    changes: list[tuple[str, FieldChange | ParameterDifference]] = [
        *(("", change) for change in plan.parameters),
        *(("package ", change) for change in plan.packages),
    ]
    return [
        f"{kind}{change.path}: {flow_text(change.before)} → {flow_text(change.after)}"
        for kind, change in changes
    ]


def commit_message(plan: PromotionPlan, promoted: Promoted, target: str) -> str:
    """Return the message of a promotion's commit; it lists the pins."""
    release = f" release {promoted.revision}" if promoted.revision else ""
    lines = "\n".join(change_lines(plan))
    return f"Promote {promoted.source}{release} to {target}\n\n{lines}\n"
