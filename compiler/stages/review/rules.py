"""The rules of a review: how severe each is, and what it says in one sentence."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from compiler.model.finding import Finding, Severity

if TYPE_CHECKING:
    from compiler.model.difference import ObjectDifference

OFF = "off"  # where an app gives a rule a severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule, as reports for machines introduce it."""

    severity: Severity
    title: str


# A rule judges one object; where it stands and whose it is, is filled in for all rules alike.
ObjectRule: TypeAlias = "Callable[[ObjectDifference], Iterator[Finding]]"

RULES: Mapping[str, Rule] = {
    "review-base": Rule(severity=Severity.WARNING, title="The base does not compile"),
    "review-destination": Rule(
        severity=Severity.WARNING, title="The environment is applied elsewhere"
    ),
    "review-exposure": Rule(severity=Severity.WARNING, title="More can reach the environment"),
    "review-conflicts": Rule(
        severity=Severity.WARNING, title="Others win or lose other fields than before"
    ),
    "review-frozen": Rule(severity=Severity.WARNING, title="A frozen environment changes"),
    "review-image": Rule(severity=Severity.NOTE, title="A container gets another image"),
    "review-mutable-tag": Rule(severity=Severity.WARNING, title="An image can change by itself"),
    "review-new-training": Rule(severity=Severity.WARNING, title="A new training run"),
    "review-one-environment": Rule(
        severity=Severity.NOTE, title="A change reaches only some of the environments of one base"
    ),
    "review-queue": Rule(
        severity=Severity.WARNING, title="A job waits elsewhere, or a queue admits something else"
    ),
    "review-rbac": Rule(severity=Severity.WARNING, title="Somebody gets more rights"),
    "review-readiness": Rule(severity=Severity.WARNING, title="An apply waits for something else"),
    "review-recreate": Rule(
        severity=Severity.ERROR, title="An object must be deleted before it can change"
    ),
    "review-removed": Rule(severity=Severity.WARNING, title="An object leaves the app"),
    "review-renamed": Rule(severity=Severity.WARNING, title="An object gets another identity"),
    "review-replicas": Rule(severity=Severity.NOTE, title="More or fewer pods"),
    "review-resources": Rule(severity=Severity.NOTE, title="The environment asks for more or less"),
    "review-restart": Rule(severity=Severity.NOTE, title="Pods are replaced"),
    "review-secret-reference": Rule(severity=Severity.WARNING, title="Another Secret is used"),
    "review-settings": Rule(severity=Severity.WARNING, title="Reviews say less than before"),
    "review-storage": Rule(severity=Severity.ERROR, title="Data may be lost"),
}


def raised(
    rule: str, message: str, *, field: str = "", hint: str = "", severity: Severity | None = None
) -> Finding:
    """Return a finding with the severity of its rule, unless the case is another one."""
    severity = severity or RULES[rule].severity
    return Finding(rule=rule, message=message, field=field, hint=hint, severity=severity)


def listed(items: list[str], limit: int = 3) -> str:
    """Return the first few of some words, and how many more there are."""
    more = f" and {len(items) - limit} more" if len(items) > limit else ""
    return ", ".join(items[:limit]) + more
