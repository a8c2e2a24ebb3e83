"""The command starts fast: nothing is imported before it is needed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# What takes longer to import than most commands run, or what only few commands need.
HEAVY = {
    "cel_expr_python",
    "cryptography",
    "kubernetes",
    "kubernetes_validate",
    "minio",
    "networkx",
    "psutil",
    "rich",
    "trustme",
    "urllib3",
}
# What no command needs that neither checks nor reads anything.
READING = {
    "compiler.model.app",
    "difflib",
    "email",
    "hashlib",
    "html",
    "importlib.metadata",
    "importlib.resources",
    "jsonschema",
    "jsonschema_rs",
    "random",
    "tempfile",
    "traceback",
    "yaml",
    "zipfile",
}
# What neither lists parameters nor offers names.
COMPILING = {
    "compiler.executor.port",
    "compiler.jsonnet.evaluate",
    "compiler.kinds.table",
    "compiler.model.change",
    "compiler.stages.extract",
    "compiler.stages.link.link",
    "compiler.stages.validate.objects",
    "compiler.verbs.compile",
    "importlib.metadata",
}
MAIN = (
    "import json, sys\nsys.argv[0] = 'kuplet'\nfrom compiler.cli.main import main\n"
    "try: main()\nexcept SystemExit as end: assert not end.code, end\n"
    "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
)
SCRIPT = {"_KUPLET_COMPLETE": "bash_source"}
A_COMMAND = {"_KUPLET_COMPLETE": "bash_complete", "COMP_WORDS": "kuplet pa", "COMP_CWORD": "1"}
A_NAME = {
    "_KUPLET_COMPLETE": "bash_complete",
    "COMP_WORDS": "kuplet compile ",
    "COMP_CWORD": "2",
}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    for name, text in {
        "app.yaml": "apiVersion: kuplet.dev/v1\nkind: App\nname: small\n",
        "environments/staging.yaml": "apiVersion: kuplet.dev/v1\nkind: Environment\n"
        "components: {web: {source: components/web.jsonnet}}\n",
        "components/web.jsonnet": "// @optionalParam name string  Name\n"
        "{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: params.name } }\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def modules_of(*arguments: str, **variables: str) -> set[str]:
    """Return what a command has imported when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", MAIN, *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["version"]])
def test_what_reads_no_app_imports_nothing_that_reads(arguments: list[str]) -> None:
    assert sorted(modules_of(*arguments) & (HEAVY | READING | COMPILING)) == []


@pytest.mark.parametrize("variables", [SCRIPT, A_COMMAND], ids=["script", "a command"])
def test_completion_of_commands_imports_nothing_that_reads(variables: dict[str, str]) -> None:
    assert sorted(modules_of(**variables) & (HEAVY | READING | COMPILING)) == []


def test_completion_of_names_imports_nothing_that_compiles(app: Path) -> None:
    assert sorted(modules_of("--dir", str(app), **A_NAME) & (HEAVY | COMPILING)) == []


@pytest.mark.parametrize("command", ["component", "env", "param"])
def test_listing_imports_nothing_that_compiles(app: Path, command: str) -> None:
    assert sorted(modules_of("--dir", str(app), command, "list") & (HEAVY | COMPILING)) == []


@pytest.mark.parametrize("command", ["pkg", "prototype", "registry", "schema"])
def test_other_lists_import_neither_the_compiler_nor_a_cluster(app: Path, command: str) -> None:
    found = modules_of("--dir", str(app), command, "list")
    assert sorted(found & (HEAVY | {"compiler.verbs.compile", "compiler.executor.port"})) == []


def test_compile_imports_no_cluster(app: Path) -> None:
    found = modules_of("--dir", str(app), "compile", "staging")
    assert sorted(found & HEAVY - {"kubernetes_validate", "networkx"}) == []


def test_apply_imports_heavy_libraries_only_when_it_runs() -> None:
    code = "import json, sys, compiler.cli.commands.apply\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert sorted({*HEAVY, "jsonschema"} & set(json.loads(done.stdout))) == []
