"""Gathers what tells apart the causes of what differs in one environment."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from compiler.formats.format import AnyApp
from compiler.formats.options import CompileOptions, Reuse
from compiler.model.app import Environment
from compiler.model.compiled import CompiledEnvironment
from compiler.model.manifest import Manifest
from compiler.model.parameter import patch_between
from compiler.model.review import ParameterChange, SourceChange
from compiler.stages.resolve import Override
from compiler.verbs.probe import objects_otherwise, objects_with, override_with


def edited_components(
    before: Environment, after: Environment, sources: Iterable[SourceChange]
) -> frozenset[str]:
    """Return the components that may differ without a parameter of anybody."""
    is_elsewhere = (before.namespace, before.destination.server) != (
        after.namespace,
        after.destination.server,
    )
    readers = [frozenset(item.components) for item in sources]
    if is_elsewhere or frozenset() in readers:
        return frozenset(item.name for item in after.components)
    return frozenset().union(*readers)


def objects_set_back(
    app: AnyApp,
    before: CompiledEnvironment,
    after: CompiledEnvironment,
    changes: Sequence[ParameterChange],
    reuse: Reuse,
) -> Sequence[Manifest] | None:
    """Return the head's objects if parameters were what they were; a new one gets another value.

    Args:
        changes: One that is new is alone.

    Returns:
        ``None`` when the head has not a parameter, the base not its component, or the head does
        not compile so.
    """
    name = after.environment.name
    known = {item.name for item in before.environment.components}
    sides = [side.environment.parameters for side in (before, after)]
    options = CompileOptions(reuse=reuse)
    overrides: list[Override] = []
    for change in changes:
        old, new = (side.get(change.ref) for side in sides)
        if new is None or change.component not in known:
            return None
        if old is None:
            return objects_otherwise(app, name, change.ref, new, options)
        value = patch_between(new.value, old.value)
        overrides.append(override_with(change.ref, value))
    return objects_with(app, name, replace(options, overrides=overrides))
