"""The versions of what is installed, read from the names of folders.

`importlib.metadata` takes longer to import than most commands run, and installers name the folder
of a project after the project and its version.
"""

import os
import sys
from functools import cache

_SUFFIX = ".dist-info"


@cache
def version_of(project: str) -> str:
    """Return the version of an installed project, as `importlib.metadata.version` does.

    Raises:
        importlib.metadata.PackageNotFoundError: It is not installed.
    """
    start = f"{project.replace('-', '_')}-"
    for directory in sys.path:
        found = [
            name[len(start) : -len(_SUFFIX)]
            for name in _names(directory)
            if name.startswith(start) and name.endswith(_SUFFIX)
        ]
        if len(found) == 1:
            return found[0]
        if found:
            break  # which of them counts is not for us to say
    from importlib.metadata import version

    return version(project)


def _names(directory: str) -> list[str]:
    try:
        return os.listdir(directory or ".")  # noqa: PTH208  it is names that are wanted
    except OSError:  # an archive, or a directory that is not there
        return []
