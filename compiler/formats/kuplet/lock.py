"""Reads and writes ``kuplet.lock``: what exactly is in ``vendor/``."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from compiler.errors import AppError
from compiler.formats.kuplet.load import checked_document
from compiler.model.finding import Finding
from compiler.model.manifest import mapping_at, text_at
from compiler.model.package import LockedPackage
from compiler.text.files import write_text

LOCK_FILE = "kuplet.lock"
_HEADER = "# Written by kuplet pkg. Commit it; do not edit it.\n"


def read_lock(root: Path) -> dict[str, LockedPackage]:
    """Return the locked packages by ``registry/name@version``; none when there is no file.

    Raises:
        AppError: The file is wrong.
    """
    if not (root / LOCK_FILE).is_file():
        return {}
    findings: list[Finding] = []
    document = checked_document(root / LOCK_FILE, root, "lock", findings)
    if findings:
        raise AppError(*findings)
    return {
        name: LockedPackage(
            uri=text_at(fields, "registry"),
            sha256=text_at(fields, "sha256"),
            commit=text_at(fields, "commit"),
            branch=text_at(fields, "branch"),
        )
        for name, fields in mapping_at(document.value, "packages").items()
    }


def write_lock(root: Path, packages: Mapping[str, LockedPackage]) -> None:
    """Write the lock, sorted; without packages there is no file."""
    path = root / LOCK_FILE
    if not packages:
        path.unlink(missing_ok=True)
        return
    document = {
        "apiVersion": "kuplet.dev/v1",
        "kind": "Lock",
        "packages": {name: _fields(packages[name]) for name in sorted(packages)},
    }
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000)
    write_text(path, _HEADER + text)


def _fields(package: LockedPackage) -> dict[str, str]:
    fields = {
        "registry": package.uri,
        "commit": package.commit,
        "branch": package.branch,
        "sha256": package.sha256,
    }
    return {name: value for name, value in fields.items() if value}
