"""Which files of a ksonnet app an environment may read, without evaluating anything."""

import re

from compiler.formats.format import FilesRead
from compiler.formats.ksonnet.app import PARAMS, KsonnetApp
from compiler.formats.ksonnet.load import OVERRIDE_FILE
from compiler.formats.ksonnet.modules import component_files, module_directory
from compiler.formats.kuplet.imported_files import SourceTree
from compiler.formats.kuplet.load import APP_FILE

_MAIN = "main.jsonnet"
_VARIABLE = re.compile(rb"extVar")
# What parameters stand in, all components read anyway.
_USUAL = re.compile(rb"""extVar\s*\(\s*(["'])__ksonnet/(params|environments)\1\s*\)""")


def files_read(app: KsonnetApp, name: str, tree: SourceTree) -> FilesRead:
    """Return what an environment may read of the app.

    Raises:
        AppError: A component cannot be read, or two files make the same.
    """
    environment = app.environments[name]
    here = environment.directory
    own = tree.digests({}, (f"{here}/{file}" for file in (_MAIN, PARAMS)))
    by_component = {
        item.name: tree.digests({}, [item.file, f"{module_directory(item.module)}/{PARAMS}"])
        for item in component_files(app, environment.modules)
    }
    return FilesRead(
        by_all=frozenset({APP_FILE, OVERRIDE_FILE, f"{here}/", *own}),
        by_component=by_component,
        nosy=frozenset(
            component
            for component, files in by_component.items()
            if any(_VARIABLE.search(_USUAL.sub(b"", tree.content(file))) for file in files)
        ),
    )
