"""Finds the parameters that ask for too much, by compiling with other values."""

from compiler.formats.format import AnyApp
from compiler.formats.options import CompileOptions
from compiler.model.compiled import CompiledEnvironment
from compiler.model.fit import Cause, Obstacle
from compiler.model.json import same
from compiler.model.manifest import Manifest
from compiler.model.parameter import Parameter
from compiler.model.ref import ParameterRef
from compiler.stages.flow import flow_text
from compiler.stages.reach import reached, values_below
from compiler.verbs.probe import objects_otherwise


class Causes:
    """The parameters of one environment, and what was found out about them."""

    def __init__(self, app: AnyApp, compiled: CompiledEnvironment, options: CompileOptions) -> None:
        self._app = app
        self._compiled = compiled
        self._options = options
        self._reached: dict[ParameterRef, list[tuple[str, str]]] = {}

    def behind(self, manifest: Manifest, obstacle: Obstacle) -> Cause | None:
        """Return the parameter that asks for too much, if there is one.

        Those are tried first whose value stands there.
        """
        own = [
            (ParameterRef(component.name, parameter.name), parameter)
            for component in self._compiled.environment.components
            if component.name == manifest.origin.component
            for parameter in component.parameters.values()
        ]
        asked = list(values_below(manifest.body, obstacle.field))
        first = sorted(own, key=lambda item: not any(same(item[1].value, leaf) for leaf in asked))
        for ref, parameter in first:
            if any(
                place == str(manifest.ref) and obstacle.is_asked_at(path)
                for place, path in self._reach(ref, parameter)
            ):
                span = parameter.winner.span
                return Cause(parameter=ref, value=flow_text(parameter.value), span=span)
        return None

    def _reach(self, ref: ParameterRef, parameter: Parameter) -> list[tuple[str, str]]:
        if ref not in self._reached:
            name = self._compiled.environment.name
            after = objects_otherwise(self._app, name, ref, parameter, self._options)
            found = reached(self._compiled.manifests, after) if after else []
            self._reached[ref] = [
                (str(item.manifest.ref), change.path) for item in found for change in item.fields
            ]
        return self._reached[ref]
