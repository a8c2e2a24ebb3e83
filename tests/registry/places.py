"""Registries that tests write, and apps that use them."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.kuplet import Done, run_kuplet


@dataclass(frozen=True)
class Repository:
    """A git repository."""

    directory: Path

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.directory), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, message: str, tag: str = "") -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", f"--message={message}")
        if tag:
            self.git("tag", tag)
        return self.git("rev-parse", "HEAD")

    def vanish(self) -> None:
        self.directory.rename(self.directory.with_name("gone"))


def write_package(
    directory: Path, registry: str, package: str, prototype: str, *, text: str = "first"
) -> None:
    """Write a package as Kubeflow's are: JSON in parts.yaml, k.libsonnet, imports by path."""
    (directory / "prototypes").mkdir(parents=True, exist_ok=True)
    parts = {"apiVersion": "0.0.1", "kind": "ksonnet.io/parts", "description": f"The {package}.\n"}
    (directory / "parts.yaml").write_text(json.dumps(parts))
    (directory / f"{package}.libsonnet").write_text(
        "{ parts(params):: {apiVersion: 'v1', kind: 'ConfigMap',\n"
        "  metadata: {name: params.name, namespace: params.namespace},\n"
        f"  data: {{cloud: params.cloud, text: '{text}'}}}} }}\n"
    )
    (directory / f"prototypes/{prototype}.jsonnet").write_text(
        "// @apiVersion 0.1\n"
        f"// @name io.ksonnet.pkg.{prototype}\n"
        f"// @description Makes {package}\n"
        f"// @shortDescription Makes {package}\n"
        "// @param name string Name to give to each of the components\n"
        "// @optionalParam namespace string null Namespace to use.\n"
        "// @optionalParam cloud string null String identifying the cloud.\n\n"
        'local k = import "k.libsonnet";\n'
        f'local all = import "{registry}/{package}/{package}.libsonnet";\n'
        "local updatedParams = params {\n"
        '  namespace: if params.namespace == "null" then env.namespace else params.namespace,\n'
        "};\n"
        "std.prune(k.core.v1.list.new([all.parts(updatedParams)]))\n"
    )


@dataclass(frozen=True)
class AppDirectory:
    """An app, and the commands that a user runs in it."""

    root: Path

    def run(self, *arguments: str) -> Done:
        done = self.fails(*arguments)
        assert done.code == 0, done.stderr
        return done

    def fails(self, *arguments: str) -> Done:
        return run_kuplet(*arguments, cwd=self.root)

    def read(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")

    def vendored(self) -> list[str]:
        return sorted(
            str(path.relative_to(self.root / "vendor")) for path in self.root.glob("vendor/*/*")
        )

    def objects(self, environment: str) -> dict[str, dict[str, str]]:
        """Return the data of each ConfigMap by name."""
        text = self.run("compile", environment, "-o", "json").stdout
        return {
            item["metadata"]["name"]: item["data"]
            for item in json.loads(text)["items"]
            if item["kind"] == "ConfigMap"
        }


def new_app(directory: Path, name: str = "my-app") -> AppDirectory:
    done = run_kuplet("init", name, cwd=directory)
    assert done.code == 0, done.stderr
    return AppDirectory(directory / name)
