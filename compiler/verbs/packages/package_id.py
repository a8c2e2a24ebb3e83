"""Reads what people type for a package: ``registry/name@version``."""

import re

from compiler.errors import UsageError
from compiler.model.finding import Finding
from compiler.model.package import Package

_ID = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)/([A-Za-z0-9_][A-Za-z0-9_.-]*)(?:@([^@]+))?")


def parse_package(text: str) -> Package:
    """Return the package that a text names.

    Raises:
        UsageError: It names none.
    """
    if match := _ID.fullmatch(text):
        return Package(registry=match[1], name=match[2], version=match[3] or "")
    message = f'"{text}" names no package'
    hint = "write REGISTRY/PACKAGE or REGISTRY/PACKAGE@VERSION"
    raise UsageError(Finding(rule="package-id", message=message, hint=hint))
