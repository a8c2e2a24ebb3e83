"""Adds up what the pods of an environment ask for."""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from compiler.kinds.pods import pods_of
from compiler.model.finding import Finding, Severity
from compiler.model.manifest import Manifest
from compiler.model.review import Total
from compiler.stages.pod_requests import pod_requests
from compiler.stages.quantity import quantity_text
from compiler.stages.review.rules import raised

_NOTHING = Fraction(0)


def totals(before: Iterable[Manifest], after: Iterable[Manifest]) -> dict[str, Total]:
    """Return what both sides ask for, by resource."""
    old, new = _sum(before), _sum(after)
    return {
        name: Total(before=old.get(name, _NOTHING), after=new.get(name, _NOTHING))
        for name in sorted({*old, *new})
    }


def resources(amounts: Mapping[str, Total]) -> Iterator[Finding]:
    """Yield a finding for each total that changes; more devices, such as GPUs, are a warning."""
    for name, total in amounts.items():
        if total.before == total.after:
            continue
        is_device = "/" in name and total.after > total.before
        change = " → ".join(quantity_text(name, item) for item in (total.before, total.after))
        yield raised(
            rule="review-resources",
            message=f"all pods together ask for {name}: {change}{_factor(total)}",
            field=name,
            severity=Severity.WARNING if is_device else None,
        )


def _factor(total: Total) -> str:
    if not total.before or not total.after:
        return ""
    return f" ({float(total.after / total.before):.3g} times as much)"


def _sum(manifests: Iterable[Manifest]) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for manifest in manifests:
        for pods in pods_of(manifest):
            for name, amount in pod_requests(pods.spec).items():
                found[name] = found.get(name, _NOTHING) + pods.count * amount
    return {name: amount for name, amount in found.items() if amount}
