"""Says which components of which environments may read some files, without compiling anything."""

from collections.abc import Collection, Mapping, Sequence

from compiler.formats.choice import format_of
from compiler.formats.format import AnyApp, FilesRead
from compiler.formats.kuplet.imported_files import SourceTree, all_names


def affected_by(app: AnyApp, files: Collection[str]) -> Mapping[str, Sequence[str]]:
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
    found = {
        name: sorted(_readers(format_of(app).files_read(name, tree), names))
        for name in sorted(app.environment_names)
    }
    return {name: components for name, components in found.items() if components}


def _readers(read: FilesRead, names: frozenset[str]) -> frozenset[str]:
    directories = tuple(name for name in read.by_all if name.endswith("/"))
    if any(name in read.by_all or name.startswith(directories) for name in names):
        return frozenset(read.by_component)
    found = frozenset(
        component for component, files in read.by_component.items() if not names.isdisjoint(files)
    )
    return found | read.nosy if found else found
