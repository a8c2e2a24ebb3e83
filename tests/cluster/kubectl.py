"""The real kubectl, as an independent witness of what is in the cluster."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


class Kubectl:
    def __init__(self, kubeconfig: Path) -> None:
        self._command = [
            str(Path(sys.executable).with_name("kubectl")),
            "--kubeconfig",
            str(kubeconfig),
        ]

    def __call__(self, *arguments: str, stdin: str = "") -> str:
        """Run kubectl and return what it printed; a failure fails the test."""
        done = subprocess.run(
            [*self._command, *arguments], input=stdin, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(self, kind: str, name: str, namespace: str = "") -> dict[str, Any]:
        """Return an object, with its managed fields."""
        scope = ["-n", namespace] if namespace else []
        text = self("get", kind, name, *scope, "-o", "json", "--show-managed-fields")
        found: dict[str, Any] = json.loads(text)
        return found

    def names(self, kinds: str, namespace: str = "", field: str = "") -> list[str]:
        """Return the names of all objects of some kinds, sorted."""
        scope = ["-n", namespace] if namespace else []
        selector = ["--field-selector", field] if field else []
        items = json.loads(self("get", kinds, *scope, *selector, "-o", "json"))["items"]
        return sorted(item["metadata"]["name"] for item in items)
