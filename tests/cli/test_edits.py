"""Edits at the same time, and edits that are killed, lose nothing and leave nothing behind."""

import os
import re
import shutil
import signal
import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.factories import write_app
from tests.forks.client import run_fork
from tests.kuplet import run_kuplet

NATIVE = {
    "environments/base.yaml": "abstract: true\n"
    "components: {web: {source: components/web.jsonnet}, other: {source: components/o.jsonnet}}\n",
    "environments/dev.yaml": "extends: base\ncomponents: {web: {params: {a: 1}}}\n",
    "environments/prod.yaml": "extends: dev\ncomponents: {web: {params: {a: 2}}}\n",
    "components/web.jsonnet": "{}",
    "components/o.jsonnet": "{}",
    "given/one.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}}\n",
    "given/two.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: two}}\n",
}
_MAIN = (
    'local base = import "../base.libsonnet"; base + std.extVar("__ksonnet/components")'
    ' + {[n]: {kind: "X"} for n in []}\n'
)
KSONNET = {
    "app.yaml": "apiVersion: 0.3.0\nkind: ksonnet.io/app\nname: demo\nenvironments:\n"
    "  dev:\n    path: dev\n    k8sVersion: v1.9.0\n"
    "    destination: {server: 'https://x', namespace: dev}\n",
    "components/web.jsonnet": '{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "web"}}',
    "components/params.libsonnet": "{\n  global: {},\n"
    "  components: {\n    web: {\n    },\n  },\n}\n",
    "environments/base.libsonnet": "{}",
    "environments/dev/main.jsonnet": _MAIN,
    "environments/dev/globals.libsonnet": "{}",
    "environments/dev/params.libsonnet": 'local params = std.extVar("__ksonnet/params");\n'
    'local globals = import "globals.libsonnet";\nlocal envParams = params + {\n'
    "  components +: {\n  },\n};\nenvParams\n",
    "given/one.yaml": NATIVE["given/one.yaml"],
    "given/two.yaml": NATIVE["given/two.yaml"],
}
_NEW_ID = re.compile(r"^id: .*$", re.MULTILINE)  # init draws another one each time


def files(app: Path) -> dict[str, str]:
    return {
        path.relative_to(app).as_posix(): _NEW_ID.sub("id: new", path.read_text(encoding="utf-8"))
        for path in app.rglob("*")
        if path.is_file()
    }


def killed(number: int, *arguments: str, cwd: Path, env: Mapping[str, str]) -> int:
    """Run a command that is killed before its N-th change of a file; return its exit code."""
    command = ("tests.forks.killed", str(number), *arguments)
    whole = {**os.environ, **env}
    return run_fork(*command, cwd=cwd, env=whole, stdin=b"", timeout_s=60).returncode


@pytest.mark.parametrize(
    ("app_files", "flags"),
    [(NATIVE, ("--env", "dev")), (KSONNET, ()), (KSONNET, ("--env", "dev"))],
    ids=["kuplet", "ksonnet", "ksonnet environment"],
)
def test_edits_at_the_same_time_all_count(
    tmp_path: Path, app_files: dict[str, str], flags: tuple[str, ...]
) -> None:
    app = write_app(tmp_path / "app", app_files)

    def edit(number: int) -> int:
        arguments = ("param", "set", "web", f"p{number}", str(number), *flags)
        return run_kuplet(*arguments, cwd=app).code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(edit, range(12))) == {0}
    text = "\n".join(files(app).values())
    assert [number for number in range(12) if f"p{number}:" not in text] == []


@pytest.mark.parametrize(
    ("app_files", "step", "arguments"),
    [
        (NATIVE, 1, ("env", "set", "dev", "--name", "test")),
        (NATIVE, 3, ("import", "-f", "given")),
        (NATIVE, 3, ("component", "rm", "web")),
        (KSONNET, 3, ("env", "set", "dev", "--name", "test")),
        (KSONNET, 3, ("env", "add", "more", "--server", "https://y")),
        (KSONNET, 3, ("import", "-f", "given")),
        (KSONNET, 3, ("component", "rm", "web")),
        (KSONNET, 1, ("env", "rm", "dev", "--yes")),
        ({}, 1, ("init", "new")),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_an_edit_that_is_killed_is_completed(
    tmp_path: Path, app_files: dict[str, str], step: int, arguments: tuple[str, ...]
) -> None:
    """All edits take one way into files; three are killed at each change, the others at some."""
    env = {"XDG_STATE_HOME": str(tmp_path / "state")}

    def made(name: str) -> Path:
        (tmp_path / name).mkdir()
        return write_app(tmp_path / name / "app", app_files) if app_files else tmp_path / name

    whole = made("whole")
    done = run_kuplet(*arguments, cwd=whole, env=env)
    assert done.code == 0, done.stderr
    for number in range(1, 40, step):
        app = made(f"killed{number}")
        code = killed(number, *arguments, cwd=app, env=env)
        if code == -signal.SIGKILL:
            again = run_kuplet(*arguments, cwd=app, env=env)
            assert again.code in {0, 2}, again.stderr  # 2: it is completed, so it is done already
        assert files(app) == files(whole), number
        shutil.rmtree(app)
        if code == 0:
            break
    else:
        pytest.fail("it never came to its end")


def test_what_somebody_edited_since_is_left_alone(tmp_path: Path) -> None:
    env = {"XDG_STATE_HOME": str(tmp_path / "state")}
    app = write_app(tmp_path / "app", NATIVE)
    killed(4, "env", "set", "dev", "--name", "test", cwd=app, env=env)
    text = (app / "environments/dev.yaml").read_text() + "# mine\n"
    (app / "environments/dev.yaml").write_text(text)
    run_kuplet("validate", cwd=app, env=env)
    assert (app / "environments/dev.yaml").read_text() == text
    assert not list((tmp_path / "state").rglob("*.json"))


def test_nobody_else_reads_what_an_edit_notes(tmp_path: Path) -> None:
    env = {"XDG_STATE_HOME": str(tmp_path / "state")}
    app = write_app(tmp_path / "app", NATIVE)
    killed(4, "env", "set", "dev", "--name", "test", cwd=app, env=env)
    (note,) = (tmp_path / "state").rglob("*.json")
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
