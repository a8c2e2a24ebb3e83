"""Writes the definitions that kuplet ships, from the modules that the sandbox's controllers are of.

    kuplet sandbox install --all && python -m compiler.sandbox.shipped_definitions

The TFJob of ``kuplet/core`` is its own, and stays.
"""

import json
from collections.abc import Iterator

from compiler.bundled import bundled
from compiler.kinds.definitions import crd_kind, is_crd
from compiler.kinds.kubeflow import GROUP as KUBEFLOW
from compiler.model.json import JsonObject
from compiler.model.manifest import Origin, manifest_of
from compiler.sandbox.controllers.table import CONTROLLERS
from compiler.sandbox.installation import cached_path
from compiler.sandbox.layout import default_cache
from compiler.sandbox.manifests import read_manifests
from compiler.stages.validate.definitions import definition_file, stripped

_OWN = (KUBEFLOW, "TFJob")


def shipped_definitions() -> Iterator[tuple[str, JsonObject]]:
    """Yield the file and the content of each definition that is made here."""
    cache = default_cache()
    for controller in CONTROLLERS.values():
        program = controller.program
        for body in read_manifests(cached_path(program, cache)):
            manifest = manifest_of(body, Origin(component="", file=program.name))
            if is_crd(manifest) and (kind := crd_kind(manifest)) != _OWN:
                yield definition_file(*kind), stripped(body, f"{program.name} {program.version}")


def main() -> None:
    """Write the files."""
    for name, definition in shipped_definitions():
        path = bundled("schemas") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(definition, separators=(",", ":"), sort_keys=True)
        path.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
