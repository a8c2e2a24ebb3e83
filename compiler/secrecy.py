"""Finds out which parameters are secret: those that the values of Secrets are made of."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from compiler.app.imported_files import SourceTree
from compiler.app.inputs import component_keys
from compiler.ksonnet.app import KsonnetApp
from compiler.model.app import App
from compiler.model.compiled import CompiledEnvironment
from compiler.model.json import JsonValue
from compiler.model.parameter import Parameter
from compiler.pipeline import CompileOptions, Reuse, objects_with, override_with
from compiler.stages.memo import Memo
from compiler.stages.secrets import probe_of, probes_for, secret_data, secret_texts


def secret_parameters(
    app: App | KsonnetApp,
    compiled: CompiledEnvironment,
    options: CompileOptions | None = None,
    among: Collection[str] | None = None,
) -> frozenset[str]:
    """Return the parameters, as ``component.name``, that change the data of a Secret.

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

    def __init__(
        self, app: App | KsonnetApp, compiled: CompiledEnvironment, options: CompileOptions
    ) -> None:
        self._app = app
        self._environment = compiled.environment
        self._data = secret_data(compiled.manifests)
        self._texts = secret_texts(compiled.manifests)
        self._nosy: Collection[str] = ()  # in an app of ksonnet hardly a component is
        if isinstance(app, App):
            reuse = options.reuse or Reuse(memo=Memo(), tree=SourceTree(app.root))
            options = replace(options, reuse=reuse)
            self._nosy = self._data.keys() - component_keys(self._environment, reuse.tree).keys()
        self._options = options

    def secret(self, among: Collection[str] | None) -> Iterator[str]:
        """Yield the secret parameters."""
        unseen: dict[str, Parameter] = {}
        for path, parameter, texts in self._parameters():
            if among is not None and path not in among:
                continue
            probes = probes_for(parameter, texts)
            if not probes:
                unseen[path] = parameter
            elif self._is_secret(path, probes):
                yield path
        yield from self._hidden(unseen)

    def _parameters(self) -> Iterator[tuple[str, Parameter, list[str]]]:
        """Yield the parameters that a Secret may be made of, with what it holds."""
        shared = [text for name in self._nosy for text in self._texts[name]]
        for component in self._environment.components:
            if component.name in self._data or shared:
                texts = [*self._texts.get(component.name, ()), *shared]
                for parameter in component.parameters.values():
                    yield f"{component.name}.{parameter.name}", parameter, texts

    def _is_secret(self, path: str, probes: list[JsonValue]) -> bool:
        """Return whether one of the other values changes a Secret, or none of them goes."""
        answers = [self._changes({path: value}) for value in probes]
        return True in answers or False not in answers

    def _hidden(self, parameters: Mapping[str, Parameter]) -> Iterator[str]:
        """Yield the parameters that change a Secret although it does not hold their text."""
        probes = {path: probe_of(parameter) for path, parameter in parameters.items()}
        wanted = {path: value for path, value in probes.items() if value is not None}
        if wanted and self._changes(wanted) is not False:
            yield from (path for path, value in wanted.items() if self._changes({path: value}))

    def _changes(self, values: Mapping[str, JsonValue]) -> bool | None:
        """Return whether some values change the data of a Secret; ``None`` if they do not go."""
        overrides = [
            override_with(component, name, value)
            for path, value in values.items()
            for component, _, name in [path.partition(".")]
        ]
        options = replace(self._options, overrides=[*self._options.overrides, *overrides])
        found = objects_with(self._app, self._environment.name, options)
        return None if found is None else secret_data(found) != self._data
