"""Renders a plan as one HTML page for whoever reviews it."""

from collections.abc import Iterator, Sequence

from compiler.cli.report.diff import summary_text
from compiler.cli.report.languages import Document
from compiler.cli.report.object_yaml import shown_yaml
from compiler.cli.report.plan import SIGNS, plan_title
from compiler.cli.report.review_page.frame import html_page, section
from compiler.cli.report.review_page.markup import Html, element, folded, lines
from compiler.cli.report.review_page.values import compared, fields_compared
from compiler.model.change import Action, Comparison, ObjectChange
from compiler.model.finding import Finding
from compiler.model.plan import Plan, Step
from compiler.stages.words import counted

_KINDS = {Action.CREATE: "added", Action.DELETE: "removed"}
_MAX_OPEN = 12  # fields; an object with more is folded


def plan_page(plan: Plan, comparison: Comparison) -> Document:
    """Return what is done to which object, with the differences."""
    changes = {change.manifest.ref: change for change in comparison.changes}
    done = [step for step in plan.steps if step.action is not Action.KEEP]
    stays = [step for step in plan.steps if step.action is Action.KEEP and step.why]
    mood = "warning" if plan.count(Action.DELETE, Action.REPLACE) else "fine"
    header = lines(
        [
            element("p", "kuplet plan", class_="brand"),
            element("h1", summary_text(plan), class_=mood),
            element("p", element("span", plan_title(plan)), class_="sides"),
        ]
    )
    objects = (_object(step, changes[step.ref]) for step in done)
    sections = [
        section("findings", "Findings", _findings(comparison.findings)),
        section("objects", "In this order", _listed(objects)),
        section("kept", "Kept", (_kept(step) for step in stays)),
    ]
    body = lines([element("header", header), element("main", lines(sections))])
    return html_page(f"kuplet plan: {summary_text(plan)}", mood, body)


def _listed(objects: Iterator[Html]) -> Iterator[Html]:
    found = list(objects)
    if found:
        yield element("div", lines(found), class_="objects")


def _findings(findings: Sequence[Finding]) -> Iterator[Html]:
    if findings:
        yield element("div", lines(map(_finding, findings)), class_="findings")


def _finding(item: Finding) -> Html:
    message = element("p", item.message, class_="message")
    notes = (element("p", note, class_="detail") for note in item.notes)
    return element("div", message, *notes, class_=f"finding {item.severity.value}")


def _object(step: Step, change: ObjectChange) -> Html:
    extent = counted(len(step.fields), "field") if step.fields else step.action.value
    words = " · ".join(filter(None, [step.why, step.manifest.origin.component, extent]))
    head = (
        element("span", SIGNS[step.action][0], class_="sign", aria_hidden="true"),
        element("code", step.ref.qualified),
        element("span", words, class_="quiet end"),
    )
    class_ = f"object {_KINDS.get(step.action, 'changed')}"
    if step.action is Action.DELETE:
        return element("div", *head, class_=class_)
    if step.fields:
        is_open = len(step.fields) <= _MAX_OPEN
        return folded(lines(head), fields_compared(step.fields), is_open=is_open, class_=class_)
    before = shown_yaml(change.before) if change.before else None
    whole = element("div", compared(before, shown_yaml(change.after)), class_="field")
    return folded(lines(head), whole, class_=class_)


def _kept(step: Step) -> Html:
    return element("p", element("code", step.ref.qualified), f" {step.why}", class_="quiet")
