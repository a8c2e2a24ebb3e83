"""Generates the files of the library from OpenAPI data; run it when a table or the data changes.

    python -m compiler.formats.klib.generate

The files are kept, because reading the OpenAPI data takes longer than a program may wait.
``k8s.libsonnet`` lists the kinds; each API version has a file of definitions, which a program only
reads when it uses one of them. A definition is written once, not at every place where it occurs;
builders.libsonnet turns it into builders there. An API version that Kubernetes no longer serves
inherits the definitions of its successor (old_versions.py, old_fields.py).
"""

from pathlib import Path

from compiler.formats.klib.jsonnet_text import kinds_text, types_file, types_text
from compiler.formats.klib.versions import read_versions
from compiler.stages.validate.kubernetes_schemas import schemas_for

KUBERNETES = "1.37"
GENERATED = Path(__file__).with_name("generated")


def generated_files() -> dict[str, str]:
    """Return the text of every generated file by the name under which programs import it."""
    versions = read_versions(schemas_for(KUBERNETES).document)
    types = {types_file(name): types_text(each) for name, each in versions.items()}
    return {"k8s.libsonnet": kinds_text(versions), **types}


def main() -> None:
    """Write the files."""
    for old in GENERATED.rglob("*.libsonnet"):
        old.unlink()
    for name, text in generated_files().items():
        path = GENERATED / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
