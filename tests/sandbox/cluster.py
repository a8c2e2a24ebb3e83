"""A running sandbox, as tests see it: through kubectl."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import yaml

from compiler.sandbox import Sandbox

Manifest: TypeAlias = dict[str, object]

KUBECTL = Path(sys.executable).with_name("kubectl")


@dataclass(frozen=True)
class Cluster:
    """A running sandbox, seen through kubectl."""

    sandbox: Sandbox

    def kubectl(self, *arguments: str, manifests: str = "") -> str:
        """Run kubectl and return what it prints."""
        done = subprocess.run(
            [KUBECTL, f"--kubeconfig={self.sandbox.kubeconfig}", *arguments],
            input=manifests,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def apply(self, *manifests: Manifest) -> None:
        self.kubectl("apply", "--server-side", "-f-", manifests=yaml.safe_dump_all(manifests))

    def get(self, kind: str, name: str) -> Manifest:
        answer: Manifest = json.loads(self.kubectl("get", kind, name, "-o", "json"))
        return answer

    def status(self, kind: str, name: str) -> Manifest:
        match self.get(kind, name):
            case {"status": dict(status)}:
                return status
            case _:
                return {}

    def condition(self, kind: str, name: str, condition: str) -> str:
        """Return the status of a condition of an object; empty if either is not there (yet)."""
        path = f'jsonpath={{.status.conditions[?(@.type=="{condition}")].status}}'
        return self.kubectl("get", kind, name, "--ignore-not-found", "-o", path)


def wait_until(is_true: Callable[[], bool], timeout_s: float = 60) -> None:
    """Wait for a claim to become true."""
    deadline = time.monotonic() + timeout_s
    while not is_true():
        assert time.monotonic() < deadline, f"not true after {timeout_s} s"
        time.sleep(0.1)


def no_progress(_: str) -> None:
    """Report progress to nobody."""


def tfjob_definition() -> Manifest:
    """The definition of TFJobs as far as tests need it: the real one is 5,000 lines long."""
    schema: Manifest = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "tfjobs.kubeflow.org"},
        "spec": {
            "group": "kubeflow.org",
            "scope": "Namespaced",
            "names": {"kind": "TFJob", "plural": "tfjobs", "singular": "tfjob"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }


def tfjob(name: str, behaviour: str = "", gpus: int = 0) -> Manifest:
    """A TFJob with a chief and two workers, whose pods behave as told and want GPUs."""
    metadata = {"annotations": {"sandbox.kuplet.dev/behaviour": behaviour}} if behaviour else {}
    container = {
        "name": "tensorflow",
        "image": "example.test/training",
        "resources": {"limits": {"nvidia.com/gpu": gpus}},
    }
    template = {"metadata": metadata, "spec": {"containers": [container]}}
    return {
        "apiVersion": "kubeflow.org/v1",
        "kind": "TFJob",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "tfReplicaSpecs": {
                role: {"replicas": replicas, "restartPolicy": "Never", "template": template}
                for role, replicas in (("Chief", 1), ("Worker", 2))
            }
        },
    }
