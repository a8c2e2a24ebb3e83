"""The programs that kuplet is held against: where they are, and which versions."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

BIN = Path(sys.executable).parent
KUPLET = BIN / "kuplet"
PYTHON = BIN / "python"
_NUMBER = re.compile(r"\d+\.\d+(\.\d+)?")  # what is built from source may say none
_VERSION: Mapping[str, tuple[str, ...]] = {
    "helm": ("version", "--short"),
    "kapitan": ("--version",),
    "kapp": ("--version",),
    "kubeconform": ("-v",),
    "kubectl": ("version", "--client"),
    "kustomize": ("version",),
    "qbec": ("version",),
    "tk": ("--version",),
}


class Peers:
    """Finds programs in a directory, beside this Python, and on PATH.

    Attributes:
        missing: Names that were asked for and not found.
    """

    def __init__(self, directory: Path | None) -> None:
        self._directories = [*([directory.absolute()] if directory else []), BIN]
        self.missing: set[str] = set()

    def find(self, name: str) -> Path | None:
        """Return the path of a program."""
        path = os.pathsep.join([*map(str, self._directories), os.environ.get("PATH", "")])
        if found := shutil.which(name, path=path):
            return Path(found)
        self.missing.add(name)
        return None

    def versions(self) -> dict[str, str]:
        """Return what each program that is there says of its version."""
        found = {name: self.find(name) for name in _VERSION}
        return {name: _said([str(path), *_VERSION[name]]) for name, path in found.items() if path}


def _said(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    line = (done.stdout or done.stderr).partition("\n")[0]
    found = _NUMBER.search(line)
    return found[0] if found else "of unknown version"
