"""Leads what a server refuses back to the parameters that set it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from compiler.executor.refusal import UNSAID
from compiler.model.change import Comparison, Refusal, RefusedPart
from compiler.model.finding import Finding
from compiler.model.fit import Cause
from compiler.verbs.causes import Causes

_REJECTED = "object-rejected"


def with_parameters(comparison: Comparison, causes: Causes) -> Comparison:
    """Return a comparison whose refusals stand where the parameters behind them were set."""
    if not comparison.refusals:
        return comparison
    told = {item.finding for item in comparison.refusals}
    others = (item for item in comparison.findings if item not in told)
    return replace(comparison, findings=(*led(comparison.refusals, causes), *others))


def led(refusals: Sequence[Refusal], causes: Causes) -> tuple[Finding, ...]:
    """Return a finding for each part of some refusals, where its parameter was set."""
    return tuple(finding for item in refusals for finding in _led(item, causes))


def _led(refusal: Refusal, causes: Causes) -> Iterator[Finding]:
    """Yield a finding for each part of a refusal, where its parameter was set."""
    whole, manifest = refusal.finding, refusal.manifest
    told = tuple(note for note in whole.notes if note != manifest.origin.note)
    for part in _parts(refusal):
        setters = causes.setters(manifest, part.paths) if part.paths else []
        one = setters[0] if len(setters) == 1 else None
        message, kept = whole.message, told
        if part.message:
            head = whole.message.removesuffix(UNSAID)
            message, kept = f"{head}{_where(part)}{part.message}", ()
        yield replace(
            whole,
            message=message,
            field="".join(part.paths[:1]),
            span=one.span if one else whole.span,
            notes=(*kept, *_notes(setters), *(() if one else (manifest.origin.note,))),
        )


def _parts(refusal: Refusal) -> tuple[RefusedPart, ...]:
    """Return what there is a finding of: what kuplet explains as one thing stays one."""
    if refusal.finding.rule == _REJECTED and refusal.parts:
        return refusal.parts
    paths = dict.fromkeys(path for part in refusal.parts for path in part.paths)
    return (RefusedPart(message="", paths=(*paths,)),)


def _where(part: RefusedPart) -> str:
    return f"{part.paths[0]}: " if len(part.paths) == 1 else ""


def _notes(causes: Sequence[Cause]) -> Iterator[str]:
    if len(causes) == 1:
        yield f"set by {causes[0].parameter} = {causes[0].value}"
    elif causes:
        names = ", ".join(f"{item.parameter} = {item.value}" for item in causes)
        yield f"set by some of: {names}"
