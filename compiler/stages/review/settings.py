"""Lets an app have its say in a review: severities of rules, and findings that are muted."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from compiler.model.app import Mute, ReviewSettings
from compiler.model.finding import Finding, Severity
from compiler.stages.review.review import in_order
from compiler.stages.review.rules import OFF, RULES, raised

RULE = "review-settings"
_LEVELS = (Severity.ERROR, Severity.WARNING, Severity.NOTE, None)


def as_set(findings: Sequence[Finding], settings: ReviewSettings) -> tuple[Finding, ...]:
    """Return findings as the app wants them; what is no rule of a review stays as it is."""
    return in_order(_as_set(findings, settings))


def lowered(base: ReviewSettings, head: ReviewSettings) -> Iterator[Finding]:
    """Yield a finding for each rule that says less than before."""
    for rule in sorted({*base.rules, *head.rules}):
        before, after = _severity(rule, base), _severity(rule, head)
        if _LEVELS.index(after) > _LEVELS.index(before):
            message = f"{rule} is {after or OFF}, and was {before or OFF}"
            finding = raised(rule=RULE, message=message, field=rule)
            yield replace(finding, span=head.rules[rule].span if rule in head.rules else None)


def new_mutes(
    base: ReviewSettings, head: ReviewSettings, findings: Iterable[Finding] | None
) -> Iterator[Finding]:
    """Yield a finding for each comment that the base does not have.

    Args:
        findings: All of the review: a comment that mutes none of them is a mistake. ``None`` when
            only a part of the app was reviewed.
    """
    known = {_identity(mute) for mute in base.mutes}
    muted = {
        (item.rule, item.span.file, item.span.line)
        for item in findings or ()
        if item.muted and item.span
    }
    for mute in head.mutes:
        for rule in mute.rules if _identity(mute) not in known else ():
            places = {(rule, mute.span.file, line) for line in mute.lines}
            is_idle = findings is not None and not places & muted
            yield replace(_mute(rule, mute, is_idle=is_idle), span=mute.span)


def _as_set(findings: Sequence[Finding], settings: ReviewSettings) -> Iterator[Finding]:
    reasons = {
        (mute.span.file, line, rule): mute.reason
        for mute in settings.mutes
        for line in mute.lines
        for rule in mute.rules
    }
    for item in findings:
        if item.rule not in RULES:
            yield item
            continue
        setting = settings.rules.get(item.rule)
        severity = setting.severity if setting else item.severity
        if severity is not None:
            place = (item.span.file, item.span.line) if item.span else ("", 0)
            reason = reasons.get((*place, item.rule), "")
            yield replace(item, severity=severity, muted=reason)


def _severity(rule: str, settings: ReviewSettings) -> Severity | None:
    setting = settings.rules.get(rule)
    return setting.severity if setting else RULES[rule].severity


def _mute(rule: str, mute: Mute, *, is_idle: bool) -> Finding:
    field = f"{mute.span.file} {rule}"
    if is_idle:
        message = f"a comment mutes {rule}, but no such finding is of its line"
        hint = "write it on the line that the finding shows"
        return raised(rule=RULE, message=message, field=field, hint=hint)
    message = f"a comment mutes {rule}, because {mute.reason}"
    return raised(rule=RULE, message=message, field=field, severity=Severity.NOTE)


def _identity(mute: Mute) -> tuple[str, tuple[str, ...], str]:
    return mute.span.file, mute.rules, mute.reason
