"""Reads the patches of a component."""

from collections.abc import Iterator

from compiler.model.app import Patch
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.text.yaml_source import YamlDocument


def read_patches(path: tuple[str, str], document: YamlDocument) -> Iterator[Patch]:
    """Yield what a file says under ``patches`` of the component at ``path``."""
    for index, item in enumerate(objects_at(document.value, *path, "patches")):
        yield Patch(
            span=document.spans[*path, "patches", index],
            kind=text_at(item, "kind") or "*",
            name=text_at(item, "name") or "*",
            merge=mapping_at(item, "merge"),
            operations=tuple(objects_at(item, "json")),
        )
