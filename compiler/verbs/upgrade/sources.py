"""The sources of components, as an app of kuplet reads them."""

import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from compiler.errors import AppError
from compiler.formats.ksonnet.modules import ComponentFile
from compiler.formats.ksonnet.old_jsonnet import written_as_read
from compiler.formats.ksonnet.plain import plain_object
from compiler.model.json import same
from compiler.text.yaml_source import read_manifests

_PARAMS = r"""std\.extVar\(\s*["']__ksonnet/params["']\s*\)\s*\.\s*components"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """A component's source in the new app.

    Attributes:
        is_changed: Whether it has to be written.
    """

    file: str
    text: str
    is_changed: bool


def upgraded_source(item: ComponentFile, name: str, *, takes_parameters: bool) -> SourceText:
    """Return the source of a component that is called ``name`` from now on.

    Args:
        takes_parameters: Whether parameters are merged into a plain file.
    """
    if item.is_plain:
        return _plain(item, name, takes_parameters=takes_parameters)
    text = _own_parameters(written_as_read(item.text), item.local, name)
    return SourceText(file=item.file, text=text, is_changed=text != item.text)


def _own_parameters(text: str, local: str, name: str) -> str:
    """Let a source find its parameters under its new name."""
    if local == name:
        return text
    quoted = re.escape(local)
    old = rf"""({_PARAMS})\s*(?:\.\s*{quoted}\b|\[\s*["']{quoted}["']\s*\])"""
    return re.sub(old, lambda match: f"{match[1]}[{json.dumps(name)}]", text)


def _plain(item: ComponentFile, name: str, *, takes_parameters: bool) -> SourceText:
    """Return a plain file as it is where that means the same, or else Jsonnet that reads it."""
    if not takes_parameters and _means_the_same(item):
        return SourceText(file=item.file, text=item.text, is_changed=False)
    path = PurePosixPath(item.file)
    read = "std.parseJson" if path.suffix == ".json" else 'std.native("parseYaml")'
    first = "" if path.suffix == ".json" else "[0]"
    text = (
        f"// {path.name} with its parameters merged into it, as ksonnet did.\n"
        "std.mergePatch(\n"
        f"  {read}(importstr {json.dumps(path.name)}){first},\n"
        f'  std.extVar("__ksonnet/params").components[{json.dumps(name)}],\n'
        ")\n"
    )
    return SourceText(file=str(path.with_suffix(".jsonnet")), text=text, is_changed=True)


def _means_the_same(item: ComponentFile) -> bool:
    """Return whether kuplet reads the whole file as ksonnet read its first document."""
    if item.file.endswith(".json"):
        return True
    try:
        documents = [document.value for document in read_manifests(item.text, item.file)]
    except AppError:
        return False
    return same(documents, [plain_object(item)[0]])
