"""Lists the findings on a review's page, each with a place of its own and a way to the change."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from compiler.cli.report.review_page.anchors import Anchors, anchor_for
from compiler.cli.report.review_page.markup import Html, breakable, element, folded, lines
from compiler.cli.report.review_page.values import left_out
from compiler.cli.report.review_words import (
    SEVERITIES,
    details,
    label,
    repository_file,
)
from compiler.model.finding import Finding, Severity
from compiler.model.review import Review
from compiler.stages.review.rules import RULES
from compiler.stages.words import counted

_MAX_FINDINGS = 300
_MAX_OPEN, _FEW = 6, 4  # findings of one rule
_MUTED = "muted"
_LABELS = (*(level.value for level in SEVERITIES), _MUTED)
_DIGITS = 16  # of a fingerprint, in a link


def severity_pills(findings: Sequence[Finding]) -> Html:
    """Return the number of findings of each severity, each in its colour."""
    counts = Counter(label(each) for each in findings)
    found = [
        element("span", _counted(counts[name], name), class_=f"pill {name}")
        for name in _LABELS
        if counts[name]
    ]
    return lines(found) if found else element("span", "no findings", class_="quiet")


def findings_listed(review: Review, anchors: Anchors) -> Iterator[Html]:
    """Yield the findings, the worst first; notes and muted ones are folded if there are worse."""
    groups = _alike(review.all_findings)
    shown = groups[:_MAX_FINDINGS]
    names = _finding_anchors(review)
    for level, items in groupby(shown, lambda group: label(group[0])):
        rules = groupby(items, lambda group: group[0].rule)
        listed = lines(
            _of_one_rule(rule, [_finding(review, each, names, anchors) for each in same])
            for rule, same in rules
        )
        if level in {Severity.ERROR, Severity.WARNING}:
            yield listed
        else:
            number = sum(label(each) == level for each in review.all_findings)
            is_worst = level == label(groups[0][0])
            yield folded(_counted(number, level), listed, is_open=is_worst, class_="folded")
    yield left_out(len(groups) - len(shown), "finding", "kuplet review -o json")


def _counted(number: int, name: str) -> str:
    return f"{number} {name}" if name == _MUTED else counted(number, name)


def _of_one_rule(rule: str, cards: Sequence[Html]) -> Html:
    """Return the findings of a rule; of very many, a few, and the others folded."""
    few = len(cards) if len(cards) <= _MAX_OPEN else _FEW
    listed = element("ol", lines(cards[:few]), class_="findings")
    if few == len(cards):
        return listed
    title = f"{len(cards) - few} more of {rule}"
    rest = element("ol", lines(cards[few:]), class_="findings")
    return lines([listed, folded(title, rest, class_="folded")])


def _alike(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Return findings that say the same of several environments together, the worst first."""
    groups: dict[Finding, list[Finding]] = {}
    for item in dict.fromkeys(findings):
        groups.setdefault(replace(item, environment=""), []).append(item)
    return sorted(groups.values(), key=lambda each: (_LABELS.index(label(each[0])), each[0].rule))


def _finding_anchors(review: Review) -> dict[Finding, str]:
    """Return a place for every finding, by its fingerprint; places are never alike."""
    found: dict[Finding, str] = {}
    times: Counter[str] = Counter()
    for item in review.all_findings:
        name = f"finding-{item.fingerprint[:_DIGITS]}"
        times[name] += 1
        found.setdefault(item, name if times[name] == 1 else f"{name}-{times[name]}")
    return found


def _finding(
    review: Review, group: Sequence[Finding], names: Mapping[Finding, str], anchors: Anchors
) -> Html:
    first = group[0]
    message = breakable(first.message)
    rule = RULES.get(first.rule)
    head = element(
        "div",
        element("span", label(first), class_=f"pill {label(first)}"),
        element("strong", rule.title if rule else message),
        element("span", *(_where(item, names[item], anchors) for item in group), class_="where"),
        class_="head",
    )
    place = f"{repository_file(review, first.span)}:{first.span.line}" if first.span else ""
    small = [
        element("code", first.rule),
        element("code", breakable(place), class_="place") if place else "",
    ]
    return element(
        "li",
        lines(
            [
                head,
                element("p", message, class_="message") if rule else "",
                *(element("p", each, class_="detail") for each in details(first)),
                element("p", *small, class_="source"),
            ]
        ),
        class_=f"finding {label(first)}",
    )


def _where(finding: Finding, name: str, anchors: Anchors) -> Html:
    """Return the environment of a finding, which leads to what changes there."""
    anchor = anchor_for(finding, anchors)
    if anchor is None:
        return element("span", finding.environment or "the app", id=name)
    return element("a", finding.environment, href=f"#{anchor}", id=name)
