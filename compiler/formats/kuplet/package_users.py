"""Finds the components of an app that are made from a package."""

from collections.abc import Iterator
from pathlib import Path

from compiler.errors import AppError, UsageError
from compiler.formats.kuplet.load import load_files, used_packages
from compiler.model.app import App, ComponentLayer
from compiler.model.finding import Finding
from compiler.model.prototype import Prototype
from compiler.registry.library import find_prototype, library
from compiler.registry.vendor import installed_prototypes
from compiler.stages.resolve import layers_of


def check_unused(root: Path, path: str, scope: str) -> None:
    """Check that an app of kuplet can do without a package in a scope.

    Raises:
        UsageError: A component is made from it, and no other scope names it for that component.
    """
    app = load_files(root)
    known = {**library(), **installed_prototypes(root, used_packages(app)).prototypes}
    for layer in _layers_without(app, path, scope):
        found = _prototype(layer, known)
        if found and found.package == path:
            message = f'component "{layer.name}" is made from package "{path}"'
            hint = f"remove it first: kuplet component rm {layer.name}"
            raise UsageError(
                Finding(rule="package-used", message=message, span=layer.prototype_span, hint=hint)
            )


def _layers_without(app: App, path: str, scope: str) -> Iterator[ComponentLayer]:
    """Yield the components of those environments that would not have the package any more."""
    for name in app.environments:
        files = layers_of(app, name)
        scopes = {"": app.packages, **{file.name: file.packages for file in files}}
        if any(path in packages for other, packages in scopes.items() if other != scope):
            continue
        for file in files:
            yield from file.components.values()


def _prototype(layer: ComponentLayer, known: dict[str, Prototype]) -> Prototype | None:
    try:
        return find_prototype(layer.prototype, known) if layer.prototype else None
    except AppError:  # it cannot be used as it is, so nothing is lost
        return None
