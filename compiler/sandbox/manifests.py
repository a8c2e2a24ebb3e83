"""Manifests of controllers, taken from their own Go modules when they are built."""

import json
from collections.abc import Iterator
from pathlib import Path

import yaml

from compiler.model.json import JsonObject
from compiler.sandbox.catalogue import Program
from compiler.sandbox.layout import write_private_file


def manifests_file(program: Path) -> Path:
    """Return where the manifests of a built program are: beside it."""
    return program.with_name(f"{program.name}.json")


def keep_manifests(program: Program, module: Path, file: Path) -> None:
    """Copy what a program needs in the cluster; JSON is read ten times as fast as YAML."""
    write_private_file(file, json.dumps(list(_manifests(program, module))))


def read_manifests(program: Path) -> list[JsonObject]:
    """Return the manifests that were kept beside a program, in the order of their sources."""
    found: list[JsonObject] = json.loads(manifests_file(program).read_text())
    return found


def _manifests(program: Program, module: Path) -> Iterator[JsonObject]:
    for source in program.manifests:
        for file in sorted(module.glob(source.files)):
            for document in yaml.load_all(file.read_text(), yaml.CSafeLoader):
                if document and (not source.kinds or document["kind"] in source.kinds):
                    yield document
