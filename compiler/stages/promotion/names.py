"""Checks the names in what may be promoted: environments, components and parameters that exist."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from compiler.errors import AppError
from compiler.model.app import App, Environment
from compiler.model.finding import Finding, Severity
from compiler.model.promotion import Promotion
from compiler.model.ref import ParameterRef
from compiler.stages.names import did_you_mean
from compiler.stages.promotion.promotion import (
    Pins,
    PromotionRequest,
    covers,
    matches,
    promotion_of,
)
from compiler.stages.resolve import resolve

_WILDCARDS = frozenset("*?[")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNames:
    """What a pattern can mean.

    Attributes:
        open: Components that take parameters which nobody declares.
    """

    parameters: frozenset[ParameterRef] = frozenset()
    components: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()

    def has(self, pattern: str) -> bool:
        """Return whether a pattern means anything."""
        is_whole = any(covers([pattern], name) for name in self.components)
        ref = ParameterRef.parse(pattern, self.components)
        is_open = bool(ref.name) and any(fnmatchcase(name, ref.component) for name in self.open)
        return is_whole or is_open or any(matches(each, [pattern]) for each in self.parameters)

    def hint(self, pattern: str) -> str:
        """Return what may be meant by a pattern that means nothing."""
        component = ParameterRef.parse(pattern, self.components).component
        if _WILDCARDS & set(component):
            return ""
        near = [str(ref) for ref in self.parameters if ref.component == component]
        if near:
            return did_you_mean(pattern, near)
        return did_you_mean(component, self.components)


def known_names(*environments: Environment) -> KnownNames:
    """Return the names of some environments."""
    components = [item for environment in environments for item in environment.components]
    return KnownNames(
        parameters=frozenset(ref for environment in environments for ref in environment.parameters),
        components=frozenset(component.name for component in components),
        open=frozenset(item.name for item in components if not item.prototype.is_closed),
    )


def unknown_selection(
    request: PromotionRequest, pins: Pins, source: Environment
) -> Iterator[Finding]:
    """Yield a finding for each name of a command that means nothing.

    Args:
        source: What its files say; ``pins`` may have more.
    """
    files = known_names(source, request.target)
    known = replace(
        files,
        parameters=files.parameters | pins.parameters.keys(),
        components=files.components | pins.components,
    )
    selection, copies = request.selection, request.promotion.copies
    for name in selection.components:
        if name not in known.components:
            message = f'neither environment has a component "{name}"'
            hint = did_you_mean(name, known.components)
            yield Finding(rule="component-unknown", message=message, hint=hint)
    for pattern in (*selection.parameters, *selection.allow):
        if not known.has(pattern):
            message = f'neither environment has a parameter "{pattern}"'
            hint = known.hint(pattern)
            yield Finding(rule="parameter-unknown", message=message, hint=hint)
    for pattern in selection.parameters:
        meant = [name for name in known.parameters if matches(name, [pattern])]
        if meant and not any(matches(name, copies) for name in meant):
            message = f'"{pattern}" is not copied: promotion.copies does not list it'
            span = request.promotion.span
            yield Finding(rule="promotion-unknown", message=message, span=span)


def check_promotion(app: App, name: str) -> Iterator[Finding]:
    """Yield what is wrong with the names in what may be promoted into an environment."""
    try:
        promotion = promotion_of(app, name)
    except AppError:  # compiling it says why
        return
    if promotion is None or _is_inherited_by_its_source(app, promotion, name):
        return
    found = list(_wrong_source(app, promotion, name))
    others = [promotion.source] if promotion.source and not found else app.environment_names
    try:
        known = known_names(*(resolve(app, each) for each in {name, *others}))
        found += _unknown_patterns(promotion, known)
    except AppError:
        pass  # the same
    for finding in found:
        yield replace(finding, environment=name)


def _is_inherited_by_its_source(app: App, promotion: Promotion, name: str) -> bool:
    """Return whether the word is that of what all extend, which takes from this one."""
    own = app.environments[name].promotion
    return promotion.source == name and not (own and own.source)


def _wrong_source(app: App, promotion: Promotion, name: str) -> Iterator[Finding]:
    source = promotion.source
    if not source or (source != name and source in app.environment_names):
        return
    if source == name:
        message, hint = f'"{name}" takes from itself', ""
    elif source in app.environments:
        message = f'"{name}" takes from "{source}", which is abstract: nothing runs there'
        hint = f"environments: {', '.join(each for each in app.environment_names if each != name)}"
    else:
        message = f'"{name}" takes from "{source}", which does not exist'
        hint = did_you_mean(source, [each for each in app.environment_names if each != name])
    yield Finding(rule="promotion-unknown", message=message, span=promotion.source_span, hint=hint)


def _unknown_patterns(promotion: Promotion, known: KnownNames) -> Iterator[Finding]:
    for pattern in (*promotion.copies, *promotion.allow):
        if known.has(pattern):
            continue
        is_wild = bool(_WILDCARDS & set(pattern))
        unknown = f'there is no parameter "{pattern}"'
        yield Finding(
            rule="promotion-unknown",
            severity=Severity.WARNING if is_wild else Severity.ERROR,
            message=f'"{pattern}" fits no parameter' if is_wild else unknown,
            span=promotion.pattern_spans.get(pattern),
            hint=known.hint(pattern),
        )
