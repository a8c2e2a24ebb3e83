"""Compares the parameters of two sides."""

from collections.abc import Collection, Iterator

from compiler.model.app import Component, Environment
from compiler.model.compiled import CompiledEnvironment
from compiler.model.json import JsonValue, same
from compiler.model.parameter import Parameter, Setting
from compiler.model.ref import ParameterRef
from compiler.model.review import ParameterChange
from compiler.model.secret import MASK, MASK_AFTER, MASK_BEFORE
from compiler.model.source import SourceSpan

DEFAULT_LAYER = "default"
_OTHERS_FILES = ("kuplet/", "vendor/")  # the built-in prototypes, and those of packages


def parameter_changes(
    before: CompiledEnvironment | None,
    after: CompiledEnvironment | None,
    secret: Collection[ParameterRef] = (),
) -> tuple[ParameterChange, ...]:
    """Return the parameters that differ, sorted; without a side, those that a layer sets.

    Args:
        secret: Those whose values are masked.
    """
    old, new = (side.environment.parameters if side else {} for side in (before, after))
    found = []
    for ref in sorted({*old, *new}):
        pair = old.get(ref), new.get(ref)
        if _differs(*pair):
            is_secret = ref in secret
            sides = _masked(*pair) if is_secret else [_setting(side) for side in pair]
            found.append(
                ParameterChange(
                    ref=ref,
                    before=sides[0],
                    after=sides[1],
                    is_secret=is_secret,
                )
            )
    return tuple(found)


def _differs(before: Parameter | None, after: Parameter | None) -> bool:
    if before and after:
        return not same(before.value, after.value)
    side = before or after
    return side is not None and side.winner.layer != DEFAULT_LAYER


def _masked(before: Parameter | None, after: Parameter | None) -> list[Setting | None]:
    """Return the settings of a secret parameter, with words that say that its value changes."""
    is_changed = before and after
    masks = (MASK_BEFORE, MASK_AFTER) if is_changed else (MASK, MASK)
    settings = zip((before, after), masks, strict=True)
    return [_setting(parameter, mask) for parameter, mask in settings]


def _setting(parameter: Parameter | None, mask: str = "") -> Setting | None:
    if parameter is None:
        return None
    winner = parameter.winner
    value: JsonValue = mask or parameter.value
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
