"""Gives programs the library: what is generated, and the two files that are written by hand."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_BY_HAND = {
    "k.libsonnet": "k.libsonnet",
    "klib/builders.libsonnet": "builders.libsonnet",
}


@cache
def library_files() -> Mapping[str, str]:
    """Return the text of each file by the name that programs import; shared, so not to be changed.

    A program that imports ``k.libsonnet`` or ``k8s.libsonnet`` needs all of them; an engine reads
    only those that it gets to.
    """
    generated = _HERE / "generated"
    by_hand = {name: _HERE / file for name, file in _BY_HAND.items()}
    paths = {
        path.relative_to(generated).as_posix(): path for path in generated.rglob("*.libsonnet")
    }
    return {name: path.read_text("utf-8") for name, path in sorted({**paths, **by_hand}.items())}
