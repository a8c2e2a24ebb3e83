"""What most commands begin with: find the app, check the names that were typed."""

from collections.abc import Sequence
from pathlib import Path

from compiler.app.load_app import find_app_root, load_app, unknown_environment
from compiler.errors import UsageError
from compiler.model.app import App
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding
from compiler.model.manifest import Manifest
from compiler.stages.names import did_you_mean


def load_checked_app(directory: Path, *environments: str) -> App:
    """Load the app around ``directory`` and check that the environments exist.

    Raises:
        UsageError: There is no app, or no such environment.
        AppError: The app's files are wrong.
    """
    app = load_app(find_app_root(directory))
    for name in environments:
        if name not in app.environment_names:
            raise unknown_environment(app, name)
    return app


def only_components(compiled: CompiledEnvironment, names: Sequence[str]) -> list[Manifest]:
    """Return the objects of the named components, or all when none is named.

    Raises:
        UsageError: A component does not exist.
    """
    known = {component.name for component in compiled.environment.components}
    for name in names:
        if name not in known:
            message = f'environment "{compiled.environment.name}" has no component "{name}"'
            hint = did_you_mean(name, known)
            raise UsageError(Finding(rule="component-unknown", message=message, hint=hint))
    return [item for item in compiled.manifests if not names or item.origin.component in names]
