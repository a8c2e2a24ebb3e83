"""The command starts fast: nothing heavy is imported before it is needed."""

import json
import subprocess
import sys

import pytest

HEAVY = [
    "cel_expr_python",
    "kubernetes",
    "networkx",
    "jsonschema",
    "minio",
    "rich",
    "trustme",
    "psutil",
    "yaml._yaml",
]
LOADED = "import json, sys, compiler.cli.main; print(json.dumps(sorted(sys.modules)))"


def modules_after(code: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("name", [name for name in HEAVY if "." not in name])
def test_help_does_not_import(name: str) -> None:
    code = (
        "import json, sys\nsys.argv = ['kuplet', '--help']\n"
        "from compiler.cli.main import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    assert name not in modules_after(code)


def test_compile_does_not_import_the_kubernetes_client() -> None:
    code = LOADED.replace("compiler.cli.main", "compiler.cli.commands.apply")
    assert not {"kubernetes", "minio", "networkx", "jsonschema"} & modules_after(code)
