"""Finds the parameters behind fields of objects, by compiling with other values."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from compiler.executor.drift import as_kept
from compiler.executor.remarks import conflict_finding, with_cause
from compiler.executor.writers import is_part
from compiler.formats.format import AnyApp
from compiler.formats.kuplet.imported_files import SourceTree
from compiler.formats.memo import Memo
from compiler.formats.options import CompileOptions, Reuse
from compiler.kinds.immutable import is_below
from compiler.model.change import Comparison, ObjectChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding
from compiler.model.fit import Cause
from compiler.model.json import same
from compiler.model.manifest import Manifest
from compiler.model.owner import base_name
from compiler.model.parameter import Parameter
from compiler.model.ref import ParameterRef
from compiler.model.secret import MASK
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
        name = _name_of(manifest)
        own = self._parameters_of(manifest)
        asked = list(values_below(manifest.body, field))
        first = sorted(own, key=lambda item: not any(same(item[1].value, leaf) for leaf in asked))
        for ref, parameter in first:
            if any(place == name and is_meant(path) for place, path in self._reach(ref, parameter)):
                return _cause(ref, parameter)
        return None

    def setters(self, manifest: Manifest, paths: Sequence[str]) -> list[Cause]:
        """Return the parameters that set fields: those whose value stands there, if any does.

        What of them a Secret is made of is not shown.
        """
        name = _name_of(manifest)
        leaves = [leaf for path in paths for leaf in values_below(manifest.body, path)]
        found = [
            (any(same(parameter.value, leaf) for leaf in leaves), self._shown(ref, parameter))
            for ref, parameter in self._parameters_of(manifest)
            if any(
                place == name and any(_touches(path, asked) for asked in paths)
                for place, path in self._reach(ref, parameter)
            )
        ]
        return [cause for is_there, cause in found if is_there] or [cause for _, cause in found]

    def _shown(self, ref: ParameterRef, parameter: Parameter) -> Cause:
        cause = _cause(ref, parameter)
        if not any(place.startswith("Secret/") for place, _ in self._reach(ref, parameter)):
            return cause
        return replace(cause, value=MASK, span=replace(cause.span, excerpt=""))

    def _parameters_of(self, manifest: Manifest) -> list[tuple[ParameterRef, Parameter]]:
        return [
            (ParameterRef(component.name, parameter.name), parameter)
            for component in self._compiled.environment.components
            if component.name == manifest.origin.component
            for parameter in component.parameters.values()
        ]

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


def _name_of(manifest: Manifest) -> str:
    return f"{manifest.ref.kind}/{base_name(manifest.body)}"


def _cause(ref: ParameterRef, parameter: Parameter) -> Cause:
    span = parameter.winner.span
    return Cause(parameter=ref, value=flow_text(parameter.value), span=span)


def _touches(path: str, asked: str) -> bool:
    """Return whether one field is another one, a part of it, or around it."""
    return is_below(path, asked) or is_below(asked, path)


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
