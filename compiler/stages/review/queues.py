"""Rules about queues: which one a job waits in, and what a queue admits."""

from collections.abc import Iterator
from fractions import Fraction

from compiler.kinds.kueue import quotas_of
from compiler.kinds.queues import GROUP, PRIORITY_LABEL, queue_of
from compiler.model.difference import Difference, ObjectDifference
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import text_at
from compiler.stages.quantity import parse_quantity, quantity_text
from compiler.stages.review.rules import raised

_LABELS = "metadata.labels"


def queues(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for each change of a queue, or of the one that an object waits in."""
    if difference.kind is not Difference.CHANGED:
        return
    ref, (before, after) = difference.manifest.ref, difference.bodies
    old, new = queue_of(before), queue_of(after)
    if old != new:
        yield raised("review-queue", f"{ref} {_move(old, new)}", field=_LABELS)
    ranks = [text_at(body, "metadata", "labels", PRIORITY_LABEL) for body in (before, after)]
    if ranks[0] != ranks[1]:
        first, second = (f'"{rank}"' if rank else "none" for rank in ranks)
        words = f"{ref}: priority in its queue {first} → {second}"
        yield raised("review-queue", words, field=_LABELS)
    for field in ("clusterQueue", "stopPolicy"):
        pair = [text_at(body, "spec", field) for body in (before, after)]
        if ref.group == GROUP and pair[0] != pair[1]:
            words = f"{ref}: {field} {pair[0] or 'none'} → {pair[1] or 'none'}"
            yield raised("review-queue", words, field=f"spec.{field}")
    yield from _quotas(str(ref), before, after)


def _move(old: str, new: str) -> str:
    if not new:
        return f'waits in no queue any more: it starts without the quota of "{old}"'
    if not old:
        return f'waits in queue "{new}" before it starts'
    return f'waits in queue "{new}", no longer in "{old}"'


def _quotas(name: str, before: JsonObject, after: JsonObject) -> Iterator[Finding]:
    old, new = quotas_of(before), quotas_of(after)
    for key in sorted({*old, *new}):
        amounts = [parse_quantity(side.get(key, 0)) or Fraction(0) for side in (old, new)]
        if amounts[0] != amounts[1]:
            flavor, resource = key
            change = " → ".join(quantity_text(resource, amount) for amount in amounts)
            words = f"{name}: quota of {resource} in flavor {flavor} {change}"
            yield raised("review-queue", words, field="spec.resourceGroups")
