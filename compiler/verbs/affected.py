"""Says which components of which environments may read some files, without compiling anything."""

from collections.abc import Collection, Mapping, Sequence

from compiler.formats.kuplet.definitions import SCHEMAS
from compiler.formats.kuplet.imported_files import SourceTree, all_names
from compiler.formats.kuplet.inputs import component_files_read
from compiler.formats.kuplet.load import APP_FILE, ENVIRONMENTS
from compiler.formats.kuplet.lock import LOCK_FILE
from compiler.model.app import App
from compiler.stages.resolve import resolve

_EVERYTHING = (APP_FILE, LOCK_FILE)  # files that all environments are made of


def affected_by(app: App, files: Collection[str]) -> Mapping[str, Sequence[str]]:
    """Return the components that may read any of some files, by environment; both sorted.

    Too much may be found, not too little. A file of an environment is read by all its components,
    and by those of the environments that extend it.

    Args:
        files: Paths in the app, from its top, links resolved; also of files that are there no more.

    Raises:
        AppError: An environment cannot be resolved.
    """
    names = all_names(app.root, files)
    tree = SourceTree(app.root, gone=names)
    found: dict[str, list[str]] = {}
    for name in sorted(app.environment_names):
        environment = resolve(app, name)
        own = {f"{ENVIRONMENTS}/{layer}.yaml" for layer in environment.layers}
        is_whole = any(
            file in own or file in _EVERYTHING or file.startswith(f"{SCHEMAS}/") for file in names
        )
        components = [
            item.name
            for item in environment.components
            if is_whole or not component_files_read(item, tree).keys().isdisjoint(names)
        ]
        if components:
            found[name] = sorted(components)
    return found
