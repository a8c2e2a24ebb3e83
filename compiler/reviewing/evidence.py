"""Gathers what tells apart the causes of what differs in one environment."""

from collections.abc import Iterable, Sequence

from compiler.app.imported_files import SourceTree
from compiler.app.inputs import component_keys
from compiler.ksonnet.app import KsonnetApp
from compiler.model.app import App, Dialect, Environment
from compiler.model.compiled import CompiledEnvironment
from compiler.model.json import JsonValue
from compiler.model.manifest import Manifest
from compiler.model.parameter import Parameter
from compiler.model.review import ParameterChange, SourceChange
from compiler.pipeline import CompileOptions, Reuse, objects_with
from compiler.stages.reach import probes_of


def edited_components(
    before: Environment, after: Environment, tree: SourceTree, sources: Iterable[SourceChange]
) -> frozenset[str]:
    """Return the components that may differ without a parameter of their own."""
    names = frozenset(item.name for item in after.components)
    is_elsewhere = (before.namespace, before.destination.server) != (
        after.namespace,
        after.destination.server,
    )
    readers = [frozenset(item.components) for item in sources]
    if is_elsewhere or frozenset() in readers:
        return names
    if after.dialect is Dialect.KSONNET:  # every component could read its siblings; hardly one does
        return frozenset().union(*readers)
    return (names - component_keys(after, tree).keys()).union(*readers)


def objects_set_back(
    app: App | KsonnetApp,
    before: CompiledEnvironment,
    after: CompiledEnvironment,
    change: ParameterChange,
    reuse: Reuse,
) -> Sequence[Manifest] | None:
    """Return the head's objects if one parameter were what it was, or something else if it is new.

    Returns:
        ``None`` when the head has not the parameter, the base not the component, or the head does
        not compile so.
    """
    component = change.component
    old, new = (_parameter(side.environment, change) for side in (before, after))
    if new is None or component not in {item.name for item in before.environment.components}:
        return None
    values = [_patch(new.value, old.value)] if old else probes_of(new)
    options = CompileOptions(reuse=reuse)
    return objects_with(app, after.environment.name, component, new, values, options)


def _parameter(environment: Environment, change: ParameterChange) -> Parameter | None:
    found = (item for item in environment.components if item.name == change.component)
    return next((item.parameters.get(change.name) for item in found), None)


def _patch(now: JsonValue, wanted: JsonValue) -> JsonValue:
    """Return what turns a value into another one where objects are merged key by key."""
    if not isinstance(now, dict) or not isinstance(wanted, dict):
        return wanted
    return {
        key: _patch(now.get(key), wanted[key]) if key in wanted else None
        for key in {**now, **wanted}
    }
