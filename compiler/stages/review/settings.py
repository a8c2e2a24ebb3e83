"""Lets an app have its say in a review: severities of rules, and findings that are muted."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from compiler.model.app import Mute, ReviewSettings, RuleSetting
from compiler.model.finding import Finding, Severity
from compiler.model.source import SourceSpan
from compiler.stages.review.review import in_order
from compiler.stages.review.rules import OFF, RULES, listed, raised

RULE = "review-settings"
_LEVELS = (Severity.ERROR, Severity.WARNING, Severity.NOTE, None)


def as_set(findings: Sequence[Finding], settings: ReviewSettings) -> tuple[Finding, ...]:
    """Return findings as the app wants them; what is no rule of a review stays as it is."""
    return in_order(_as_set(findings, settings))


def lowered(
    base: ReviewSettings, head: ReviewSettings, environments: Iterable[str]
) -> Iterator[Finding]:
    """Yield a finding for each rule that says less than before of some environments."""
    for rule in sorted({*base.rules, *head.rules}):
        changes: dict[str, list[str]] = {}
        for name in environments:
            before, after = _severity(rule, name, base), _severity(rule, name, head)
            if _LEVELS.index(after) > _LEVELS.index(before):
                changes.setdefault(f"{after or OFF}, and was {before or OFF}", []).append(name)
        for change, names in changes.items():
            message = f"{rule} is {change}, in {listed(names)}"
            finding = raised(rule=RULE, message=message, field=rule)
            yield replace(finding, span=head.rules[rule].span if rule in head.rules else None)


def new_mutes(
    base: ReviewSettings, head: ReviewSettings, findings: Iterable[Finding] | None
) -> Iterator[Finding]:
    """Yield a finding for each rule that is muted somewhere and was not in the base.

    Args:
        findings: All of the review: a mute that concerns none of them is a mistake. ``None`` when
            only a part of the app was reviewed.
    """
    known = {_identity(mute) for mute in base.mutes}
    muted = [item for item in findings or () if item.muted]
    for mute in head.mutes:
        for rule in mute.rules if _identity(mute) not in known else ():
            mine = [item for item in muted if item.rule == rule and _concerns(mute, item)]
            is_idle = findings is not None and not mine
            yield replace(_new_mute(rule, mute, is_idle=is_idle), span=mute.span)


def _as_set(findings: Sequence[Finding], settings: ReviewSettings) -> Iterator[Finding]:
    for item in findings:
        if item.rule not in RULES:
            yield item
            continue
        setting = settings.rules.get(item.rule)
        severity = _named(setting, item.environment, item.severity) if setting else item.severity
        if severity is not None:
            reasons = (mute.reason for mute in settings.mutes if _concerns(mute, item))
            yield replace(item, severity=severity, muted=next(reasons, ""))


def _severity(rule: str, environment: str, settings: ReviewSettings) -> Severity | None:
    setting, own = settings.rules.get(rule), RULES[rule].severity
    return _named(setting, environment, own) if setting else own


def _named(setting: RuleSetting, environment: str, otherwise: Severity) -> Severity | None:
    for pattern, severity in setting.severities.items():
        if fnmatchcase(environment, pattern):
            return severity
    return otherwise


def _concerns(mute: Mute, finding: Finding) -> bool:
    if finding.rule not in mute.rules:
        return False
    if mute.lines:
        span = finding.span
        return span is not None and span.file == mute.span.file and span.line in mute.lines
    return (
        fnmatchcase(finding.environment, mute.environment)
        and fnmatchcase(finding.component, mute.component)
        and fnmatchcase(finding.object, mute.object)
    )


def _new_mute(rule: str, mute: Mute, *, is_idle: bool) -> Finding:
    field = f"{mute.span.file} {rule}"
    if is_idle:
        message = f"{rule} is muted here, but has no such finding"
        hint = "a comment stands on the line that the finding shows" if mute.lines else ""
        return raised(rule=RULE, message=message, field=field, hint=hint)
    message = f"{rule} is muted here, because {mute.reason}"
    return raised(rule=RULE, message=message, field=field, severity=Severity.NOTE)


def _identity(mute: Mute) -> Mute:
    """Return a mute without what changes when lines move."""
    return replace(mute, span=SourceSpan(mute.span.file), lines=frozenset())
