"""Says which parameters of a ksonnet app nothing reads.

``generate`` writes all that a prototype declares, and packages read some of that never. So what the
modules set counts only if its name stands nowhere else; what an environment sets always does,
unless it is for all components.
"""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from compiler.formats.ksonnet.app import COMPONENTS, PARAMS, KsonnetApp
from compiler.formats.ksonnet.params import GLOBALS, ModuleParams
from compiler.formats.ksonnet.resolve import Resolution
from compiler.model.app import Component
from compiler.model.parameter import Parameter
from compiler.model.ref import ParameterRef
from compiler.registry.vendor import VENDOR
from compiler.text.reading import files_below, read_inside

_NAME = "name"  # ``generate`` writes it for every component


def silent_parameters(
    app: KsonnetApp, resolution: Resolution, module: ModuleParams, read: set[ParameterRef]
) -> Iterator[tuple[ParameterRef, Component, Parameter]]:
    """Yield each parameter that should have been read, with its local name.

    Args:
        read: What an evaluation of the module read, by local names.
    """
    local = {
        item.name: item.local
        for item in resolution.files
        if item.module == module.module and not item.is_plain
    }
    texts: dict[str, str] = {}
    for component in resolution.environment.components:
        for parameter in component.parameters.values() if component.name in local else ():
            ref = ParameterRef(local[component.name], parameter.name)
            if ref in read or parameter.name == _NAME:
                continue
            is_own = parameter.winner.layer == resolution.environment.name
            texts = texts or _texts(app, resolution)
            text = texts["globals"] if is_own else texts["sources"]
            if parameter.name not in text:
                yield ref, component, parameter


def _texts(app: KsonnetApp, resolution: Resolution) -> dict[str, str]:
    """Return what may name a parameter: globals, and all that components are made of."""
    own = app.root / resolution.settings.directory / GLOBALS
    sources = [
        path
        for top in (COMPONENTS, VENDOR)
        for path in files_below(app.root / top, app.root, "*.*sonnet")
        if path.name != PARAMS
    ]
    return {"globals": _text([own], app), "sources": _text(sources, app)}


def _text(files: Iterable[Path], app: KsonnetApp) -> str:
    found: list[str] = []
    for path in files:
        with contextlib.suppress(OSError):  # whoever imports it says so
            found.append(read_inside(path, app.root).decode(errors="replace"))
    return "\n".join(found)
