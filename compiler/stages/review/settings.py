"""Lets an app have its say in a review: severities of rules, and findings that are muted."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from compiler.model.app import ReviewSettings
from compiler.model.finding import Finding
from compiler.stages.review.review import in_order
from compiler.stages.review.rules import RULES


def as_set(findings: Sequence[Finding], settings: ReviewSettings) -> tuple[Finding, ...]:
    """Return findings as the app wants them; what is no rule of a review stays as it is."""
    return in_order(_as_set(findings, settings))


def _as_set(findings: Sequence[Finding], settings: ReviewSettings) -> Iterator[Finding]:
    reasons = {
        (mute.span.file, line, rule): mute.reason
        for mute in settings.mutes
        for line in mute.lines
        for rule in mute.rules
    }
    for item in findings:
        severity = settings.severities.get(item.rule, item.severity)
        if item.rule not in RULES:
            yield item
        elif severity is not None:
            place = (item.span.file, item.span.line) if item.span else ("", 0)
            reason = reasons.get((*place, item.rule), "")
            yield replace(item, severity=severity, muted=reason)
