"""Compares the parameters of two sides."""

from collections.abc import Iterator

from compiler.model.app import Component, Environment
from compiler.model.compiled import CompiledEnvironment
from compiler.model.parameter import Parameter, Setting
from compiler.model.review import ParameterChange
from compiler.model.source import SourceSpan
from compiler.stages.release import secret_texts, without_secrets

DEFAULT_LAYER = "default"
_OTHERS_FILES = ("kuplet/", "vendor/")  # the built-in prototypes, and those of packages


def parameter_changes(
    before: CompiledEnvironment | None, after: CompiledEnvironment | None
) -> tuple[ParameterChange, ...]:
    """Return the parameters that differ, sorted; without a side, those that a layer sets.

    A value that a Secret holds too is replaced by its digest.
    """
    known = {text for side in (before, after) if side for text in secret_texts(side.manifests)}
    old, new = _parameters(before), _parameters(after)
    found = []
    for component, name in sorted({*old, *new}):
        pair = [_setting(side.get((component, name)), known) for side in (old, new)]
        if _differs(old.get((component, name)), new.get((component, name))):
            found.append(
                ParameterChange(component=component, name=name, before=pair[0], after=pair[1])
            )
    return tuple(found)


def _differs(before: Parameter | None, after: Parameter | None) -> bool:
    if before and after:
        return before.value != after.value
    side = before or after
    return side is not None and side.winner.layer != DEFAULT_LAYER


def _parameters(side: CompiledEnvironment | None) -> dict[tuple[str, str], Parameter]:
    if side is None:
        return {}
    return {
        (component.name, parameter.name): parameter
        for component in side.environment.components
        for parameter in component.parameters.values()
    }


def _setting(parameter: Parameter | None, known: set[str]) -> Setting | None:
    if parameter is None:
        return None
    winner = parameter.winner
    value = without_secrets(parameter.value, known)
    return Setting(value=value, layer=winner.layer, span=winner.span)


def place_of(
    change: ParameterChange | None, component: str, environment: Environment | None
) -> SourceSpan | None:
    """Return the line that sets a parameter in the app's own files, or else the component's."""
    owner = next(_named(environment, component), None)
    return written(change.after if change else None) or (owner.span if owner else None)


def written(setting: Setting | None) -> SourceSpan | None:
    """Return where the app's own files set a parameter; a prototype's default is not theirs."""
    if setting is None or (
        setting.layer == DEFAULT_LAYER and setting.span.file.startswith(_OTHERS_FILES)
    ):
        return None
    return setting.span


def _named(environment: Environment | None, name: str) -> Iterator[Component]:
    for component in environment.components if environment else ():
        if component.name == name:
            yield component
