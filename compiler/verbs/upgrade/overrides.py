"""What ``main.jsonnet`` says of components stays there: parameters cannot express it.

The overridden components of an environment get a source of their own, which reads ``main.jsonnet``;
that finds the components in a file instead of in ksonnet's external variable.
"""

import json
import os.path
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from compiler.formats.ksonnet.app import ENVIRONMENTS, KsonnetApp
from compiler.formats.ksonnet.modules import ComponentFile
from compiler.text.files import read_text
from compiler.verbs.upgrade.sources import SourceText

_BASE = f"{ENVIRONMENTS}/base.libsonnet"
_ALL = "components/components.libsonnet"
_OVERRIDES = "components/overrides"
_IMPORT_OF_BASE = re.compile(r"""import\s*\(?\s*(["'])(?:\.\./)*base\.libsonnet\1\s*\)?""")
_COMPONENTS = re.compile(r"""std\.extVar\(\s*(["'])__ksonnet/components\1\s*\)""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What stays Jsonnet.

    Attributes:
        texts: The files that are written for it.
        sources: The source of each component that is overridden, by environment and old name.
    """

    texts: Mapping[str, str]
    sources: Mapping[tuple[str, str], str]


def override_texts(
    app: KsonnetApp,
    files: Mapping[str, ComponentFile],
    sources: Mapping[str, SourceText],
    overridden: Mapping[str, frozenset[str]],
    components: Mapping[str, str],
    environments: Mapping[str, str],
) -> Kept:
    """Return the files with which the overrides of some environments go on to count."""
    texts: dict[str, str] = {}
    kept: dict[tuple[str, str], str] = {}
    for name, old_names in overridden.items():
        main = f"{app.environments[name].directory}/main.jsonnet"
        texts[main] = _redirected(app, main)
        for old in sorted(old_names):
            source = f"{_OVERRIDES}/{environments[name]}-{components[old]}.jsonnet"
            text = f"(import {json.dumps(_relative(main, source))})[{json.dumps(old)}]\n"
            texts[source] = f"// What {main} makes of this component.\n{text}"
            kept[name, old] = source
    if texts:
        if (app.root / _BASE).is_file():
            texts[_BASE] = _redirected(app, _BASE)
        fields = (
            f"  {json.dumps(name)}: {_expression(sources[name])},\n" for name in sorted(files)
        )
        head = "// All components, for the overrides in environments/*/main.jsonnet.\n"
        texts[_ALL] = head + "{\n" + "".join(fields) + "}\n"
    return Kept(texts=texts, sources=kept)


def _expression(source: SourceText) -> str:
    path = _relative(source.file, _ALL)
    if source.file.endswith(".jsonnet"):
        return f"import {json.dumps(path)}"
    if source.file.endswith(".json"):
        return f"std.parseJson(importstr {json.dumps(path)})"
    return f'std.native("parseYaml")(importstr {json.dumps(path)})[0]'


def _redirected(app: KsonnetApp, file: str) -> str:
    """Return a file of ksonnet that reads the components from a file."""
    text = read_text(app.root / file, file, app.root)
    text = _IMPORT_OF_BASE.sub(f"import {json.dumps(_relative(_BASE, file))}", text)
    return _COMPONENTS.sub(f"(import {json.dumps(_relative(_ALL, file))})", text)


def _relative(target: str, start: str) -> str:
    return os.path.relpath(target, PurePosixPath(start).parent)
