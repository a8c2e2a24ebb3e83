"""Finds out which parameters are secret: those that the values of Secrets are made of."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from compiler.formats.choice import format_of
from compiler.formats.format import AnyApp
from compiler.formats.kuplet.imported_files import SourceTree
from compiler.formats.memo import Memo
from compiler.formats.options import CompileOptions, Reuse
from compiler.model.compiled import CompiledEnvironment
from compiler.model.json import JsonValue
from compiler.model.parameter import Parameter
from compiler.model.ref import ParameterRef
from compiler.stages.secrets import probe_of, probes_for, secret_data, secret_texts
from compiler.verbs.probe import objects_with, override_with

_Data: TypeAlias = dict[str, list[str]]
_Probe: TypeAlias = tuple[ParameterRef, JsonValue]


def secret_parameters(
    app: AnyApp,
    compiled: CompiledEnvironment,
    options: CompileOptions | None = None,
    among: Collection[ParameterRef] | None = None,
) -> frozenset[ParameterRef]:
    """Return the parameters that change the data of a Secret.

    Where a Secret holds the text of a parameter, other values are tried; if none of them compiles,
    the parameter counts as secret. The others of a component with a Secret are tried all at once:
    a Secret may hold them encoded or hashed.

    Args:
        options: Those that ``compiled`` was compiled with.
        among: The only ones that are looked at; ``None`` for all.
    """
    if not secret_data(compiled.manifests):
        return frozenset()
    return frozenset(_Search(app, compiled, options or CompileOptions()).secret(among))


class _Search:
    """Compiles one environment with other values of its parameters."""

    def __init__(self, app: AnyApp, compiled: CompiledEnvironment, options: CompileOptions) -> None:
        self._app = app
        self._environment = compiled.environment
        self._data = secret_data(compiled.manifests)
        self._texts = secret_texts(compiled.manifests)
        reuse = options.reuse or Reuse(memo=Memo(), tree=SourceTree(app.root))
        self._options = replace(options, reuse=reuse)
        nosy = format_of(app).nosy_components(self._environment, reuse.tree)
        self._nosy = nosy & self._data.keys()

    def secret(self, among: Collection[ParameterRef] | None) -> Iterator[ParameterRef]:
        """Yield the secret parameters."""
        seen: dict[ParameterRef, list[JsonValue]] = {}
        unseen: dict[ParameterRef, JsonValue] = {}
        for ref, parameter, texts in self._parameters():
            if among is not None and ref not in among:
                continue
            if probes := probes_for(parameter, texts):
                seen[ref] = probes
            elif (probe := probe_of(parameter)) is not None:
                unseen[ref] = probe
        answers = self._answers([(ref, value) for ref in seen for value in seen[ref]])
        yield from (ref for ref in seen if True in answers[ref] or False not in answers[ref])
        yield from self._hidden(unseen)

    def _parameters(self) -> Iterator[tuple[ParameterRef, Parameter, list[str]]]:
        """Yield the parameters that a Secret may be made of, with what it holds."""
        shared = [text for name in self._nosy for text in self._texts[name]]
        for component in self._environment.components:
            if component.name in self._data or shared:
                texts = [*self._texts.get(component.name, ()), *shared]
                for parameter in component.parameters.values():
                    yield ParameterRef(component.name, parameter.name), parameter, texts

    def _hidden(self, probes: Mapping[ParameterRef, JsonValue]) -> Iterator[ParameterRef]:
        """Yield the parameters that change a Secret although it does not hold their text."""
        together = self._data_with(probes) if probes else self._data
        doubtful = [
            each for each in probes.items() if self._differs(each[0], together) is not False
        ]
        yield from (ref for ref, found in self._answers(doubtful).items() if True in found)

    def _answers(self, probes: Sequence[_Probe]) -> dict[ParameterRef, list[bool | None]]:
        """Return whether each other value of a parameter changes a Secret, by the parameter."""
        answers: dict[ParameterRef, list[bool | None]] = {ref: [] for ref, _ in probes}
        for batch in self._batches(probes):
            together = self._data_with(dict(batch))
            for ref, value in batch:
                is_alone = together is not None or len(batch) == 1
                data = together if is_alone else self._data_with({ref: value})
                answers[ref].append(self._differs(ref, data))
        return answers

    def _batches(self, probes: Sequence[_Probe]) -> Iterator[list[_Probe]]:
        """Yield what can be tried together: one value of each component, unless they see others."""
        rounds: dict[int, list[_Probe]] = {}
        counts: Counter[str] = Counter()
        for number, (ref, value) in enumerate(probes):
            turn = number if self._nosy else counts[ref.component]
            rounds.setdefault(turn, []).append((ref, value))
            counts[ref.component] += 1
        yield from rounds.values()

    def _differs(self, ref: ParameterRef, data: _Data | None) -> bool | None:
        """Return whether a parameter has changed the data of a Secret; ``None`` if nobody knows."""
        if data is None:
            return None
        if self._nosy:
            return data != self._data
        return data.get(ref.component) != self._data.get(ref.component)

    def _data_with(self, values: Mapping[ParameterRef, JsonValue]) -> _Data | None:
        """Return the data of all Secrets with other values; ``None`` if they do not go."""
        overrides = [override_with(ref, value) for ref, value in values.items()]
        options = replace(self._options, overrides=[*self._options.overrides, *overrides])
        found = objects_with(self._app, self._environment.name, options)
        return None if found is None else secret_data(found)
