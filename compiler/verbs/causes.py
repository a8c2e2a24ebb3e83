"""Finds the parameters behind fields of objects, by compiling with other values."""

from collections.abc import Callable
from dataclasses import replace

from compiler.executor.drift import as_kept
from compiler.executor.remarks import conflict_finding, with_cause
from compiler.executor.writers import is_part
from compiler.formats.format import AnyApp
from compiler.formats.kuplet.imported_files import SourceTree
from compiler.formats.memo import Memo
from compiler.formats.options import CompileOptions, Reuse
from compiler.model.change import Comparison, ObjectChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding
from compiler.model.fit import Cause
from compiler.model.json import same
from compiler.model.manifest import Manifest
from compiler.model.owner import base_name
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
        reuse = options.reuse or Reuse(memo=Memo(), tree=SourceTree(app.root))
        self._options = replace(options, reuse=reuse)
        self._reached: dict[ParameterRef, list[tuple[str, str]]] = {}

    def behind(
        self, manifest: Manifest, field: str, is_meant: Callable[[str], bool]
    ) -> Cause | None:
        """Return the parameter that reaches a field, if there is one.

        Those are tried first whose value stands there.

        Args:
            is_meant: Tells by its path whether a field that a parameter reaches is the one.
        """
        name = f"{manifest.ref.kind}/{base_name(manifest.body)}"
        own = [
            (ParameterRef(component.name, parameter.name), parameter)
            for component in self._compiled.environment.components
            if component.name == manifest.origin.component
            for parameter in component.parameters.values()
        ]
        asked = list(values_below(manifest.body, field))
        first = sorted(own, key=lambda item: not any(same(item[1].value, leaf) for leaf in asked))
        for ref, parameter in first:
            if any(place == name and is_meant(path) for place, path in self._reach(ref, parameter)):
                span = parameter.winner.span
                return Cause(parameter=ref, value=flow_text(parameter.value), span=span)
        return None

    def of_field(self, manifest: Manifest, path: str) -> Cause | None:
        """Return the parameter behind a field of a live object, if there is one."""
        return self.behind(manifest, path, lambda other: is_part(path, as_kept(other)))

    def _reach(self, ref: ParameterRef, parameter: Parameter) -> list[tuple[str, str]]:
        if ref not in self._reached:
            name = self._compiled.environment.name
            after = objects_otherwise(self._app, name, ref, parameter, self._options)
            found = reached(self._compiled.manifests, after) if after else []
            self._reached[ref] = [
                (str(item.manifest.ref), change.path) for item in found for change in item.fields
            ]
        return self._reached[ref]


def with_causes(comparison: Comparison, causes: Causes) -> Comparison:
    """Return a comparison that says of each contested field which parameter sets it."""
    renewed: dict[Finding, Finding] = {}
    changes: list[ObjectChange] = []
    for change in comparison.changes:
        found = [
            replace(item, cause=causes.of_field(change.manifest, item.path))
            for item in change.conflicts
        ]
        for item in found:
            plain = conflict_finding(change.manifest, item)
            renewed[plain] = with_cause(plain, item.cause)
        changes.append(replace(change, conflicts=tuple(found)))
    findings = (renewed.get(item, item) for item in comparison.findings)
    return replace(comparison, changes=tuple(changes), findings=tuple(findings))
