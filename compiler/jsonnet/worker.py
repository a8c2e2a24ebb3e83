"""Evaluates one program in a process of its own, so that no program can hang or crash kuplet.

Reads a request as JSON on stdin and writes the answer as JSON on stdout. Run as a script, it
imports nothing of kuplet: only the standard library and one engine.
"""
# ruff: noqa: PTH113, PTH117, PTH118, PTH123  pathlib would cost every evaluation 5 ms

import contextlib
import json
import os.path
import resource
import sys
from typing import Any

Request = dict[str, Any]


class Importer:
    """Finds imported files: next to the importing file, below the roots, in the search path."""

    def __init__(self, request: Request) -> None:
        self._files: dict[str, str] = request["files"]
        self._roots: dict[str, str] = request["roots"]
        self._search: list[str] = request["search"]

    def __call__(self, directory: str, name: str) -> tuple[str, bytes]:
        """Return the name under which errors mention the file, and its content."""
        for candidate in self._candidates(directory, name):
            if candidate in self._files:
                return candidate, self._files[candidate].encode()
            path = self._path(candidate)
            if path and os.path.isfile(path):
                with open(path, "rb") as file:
                    return candidate, file.read()
        message = f"no file {name!r} next to {directory or '.'!r} or below the import paths"
        raise RuntimeError(message)

    def _candidates(self, directory: str, name: str) -> list[str]:
        if os.path.isabs(name):
            return []
        near = os.path.normpath(os.path.join(directory, name))
        found = [name, near, os.path.normpath(name)]
        found += [os.path.join(folder, name) for folder in self._search]
        return found

    def _path(self, candidate: str) -> str | None:
        """Return where a candidate may be read, or None when it leaves its root."""
        if os.path.isabs(candidate):
            return candidate  # only the user's own search path gives absolute candidates
        if candidate.startswith(".."):
            return None
        first, _, rest = candidate.partition("/")
        if first in self._roots and rest:
            return os.path.join(self._roots[first], rest)
        root = self._roots.get("")
        return os.path.join(root, candidate) if root else None


def evaluate(request: Request) -> dict[str, str]:
    """Return ``{"value": JSON text}`` or ``{"error": the engine's message}``."""
    if request["engine"] == "gojsonnet":
        import _gojsonnet as engine
    else:
        import _jsonnet as engine
    try:
        text = engine.evaluate_snippet(
            request["entry"],
            request["files"][request["entry"]],
            import_callback=Importer(request),
            ext_codes=request["ext_code"],
            ext_vars=request["ext_vars"],
        )
    except RuntimeError as error:
        return {"error": str(error)}
    return {"value": text}


def limit_memory(size: int) -> None:
    """Let every allocation above ``size`` bytes of data fail."""
    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit but refuses to set it
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))


if __name__ == "__main__":
    incoming = json.load(sys.stdin)
    limit_memory(incoming["memory_bytes"])
    json.dump(evaluate(incoming), sys.stdout)
