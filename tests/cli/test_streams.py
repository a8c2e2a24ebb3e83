"""What happens to the streams, the environment or the process of kuplet is no bug of it."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.factories import write_app
from tests.kuplet import run_kuplet

CONFIG = (
    '{cm: {apiVersion: "v1", kind: "ConfigMap", metadata: {name: "web"},'
    ' data: {x: std.repeat("é", 200000)}}}\n'
)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    files = {
        "environments/dev.yaml": "components: {web: {source: components/web.jsonnet}}\n",
        "components/web.jsonnet": CONFIG,
    }
    return write_app(tmp_path / "app", files)


def shell(
    app: Path, command: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a command of bash in which ``$K`` is kuplet."""
    kuplet = f"{sys.executable} -m compiler"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=app,
        env={**os.environ, "NO_COLOR": "1", "K": kuplet, **(env or {})},
        capture_output=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("arguments", ["compile dev", "compile dev -o json", "validate -o json"])
def test_a_reader_that_goes_away_ends_a_command_quietly(app: Path, arguments: str) -> None:
    done = shell(app, f"$K {arguments} | true; exit ${{PIPESTATUS[0]}}")
    assert done.returncode in {141, 0}  # what fits into the pipe is written
    assert done.stderr == b"" or b"valid" in done.stderr
    if arguments.startswith("compile"):
        assert done.returncode == 141


@pytest.mark.parametrize(
    "arguments", ["--help", "param list --help", "--version", "completion zsh"]
)
def test_help_that_nobody_reads_ends_quietly_too(app: Path, arguments: str) -> None:
    done = shell(app, f"$K {arguments} > >(exec <&-); exit $?")  # a reader that is never there
    assert (done.returncode, done.stderr) in {(141, b""), (0, b"")}


def test_an_error_that_nobody_reads_keeps_its_code(app: Path) -> None:
    for command in ("nosuch", "compile dev --nosuch", "compile none"):
        assert shell(app, f"$K {command} 2> >(exec <&-); exit $?").returncode == 2


def test_the_words_of_the_command_line_command_nothing(app: Path) -> None:
    hostile = "x\x1b]0;y\x07\n::error::z"
    for arguments in ((hostile,), ("compile", hostile), ("compile", "dev", f"--{hostile}")):
        done = run_kuplet(*arguments, cwd=app)
        assert (done.code, "\x1b" in done.stderr) == (2, False)
        assert "\n::error" not in done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_are_no_bug(app: Path, closed: str) -> None:
    assert shell(app, f"$K compile dev {closed}").returncode == 0
    assert shell(app, f"$K compile none {closed}").returncode == 2
    assert shell(app, f"$K param set web.x 1 --env dev {closed}").returncode in {0, 1, 2}


def test_a_full_disk_of_the_output_is_said(app: Path) -> None:
    done = shell(app, "$K compile dev > /dev/full")
    assert (done.returncode, b"No space left" in done.stderr) == (3, True)
    assert shell(app, "$K compile none 2> /dev/full").returncode == 2


@pytest.mark.parametrize(
    "env", [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"LC_ALL": "POSIX"}]
)
def test_the_locale_changes_nothing(app: Path, env: dict[str, str]) -> None:
    (app / "components/é.jsonnet").write_text("{}", encoding="utf-8")
    source = {"environments/new.yaml": "components: {other: {source: components/é.jsonnet}}\n"}
    write_app(app, source)
    done = shell(app, "$K compile dev; $K compile new; $K component list", env)
    assert done.returncode == 0, done.stderr
    assert "components/é.jsonnet" in done.stdout.decode()
    assert "é" * 1000 in done.stdout.decode()


def test_a_working_directory_that_is_gone_is_no_bug(app: Path) -> None:
    done = shell(app, "mkdir x; cd x; rmdir ../x; PYTHONPATH=../.. $K validate")
    assert done.returncode in {1, 2, 3}, done.stderr


def test_few_open_files_are_said(app: Path) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))

    done = subprocess.run(
        [sys.executable, "-m", "compiler", "compile", "dev"],
        cwd=app,
        capture_output=True,
        check=False,
        preexec_fn=limited,
    )
    assert done.returncode in {0, 3}, done.stderr


# What nohup runs ignores SIGHUP, and so would everything that it starts.
HEARING = (
    "import runpy, signal, sys; sys.argv[0] = 'kuplet';"
    " signal.signal(signal.SIGHUP, signal.SIG_DFL); print(flush=True);"
    " runpy.run_module('compiler', run_name='__main__')"
)


@pytest.mark.parametrize(
    ("wanted", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_a_signal_ends_a_command_cleanly(app: Path, wanted: signal.Signals, code: int) -> None:
    endless = "local f(n) = if n == 0 then 'x' else f(n - 1) + f(n - 1); {x: f(60)}"
    (app / "components/web.jsonnet").write_text(endless)
    started = subprocess.Popen(
        [sys.executable, "-c", HEARING, "compile", "dev"],
        cwd=app,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert started.stdout
    started.stdout.readline()
    with pytest.raises(subprocess.TimeoutExpired):
        started.wait(timeout=2.5)
    started.send_signal(wanted)
    _, said = started.communicate(timeout=30)
    assert started.returncode == code, said
    assert b"Traceback" not in said


def test_a_report_in_a_file_has_no_colours(app: Path, tmp_path: Path) -> None:
    base = write_app(tmp_path / "base", {"environments/dev.yaml": "components: {}\n"})
    for env in ({"NO_COLOR": "1"}, {"NO_COLOR": "", "FORCE_COLOR": "1"}):
        arguments = ("review", "--against", str(base), "-o", "text=../report")
        done = run_kuplet(*arguments, cwd=app, env=env)
        assert done.code == 0, done.stderr
        assert "\x1b" not in (tmp_path / "report").read_text(encoding="utf-8")


def test_the_version_is_an_option_too(app: Path) -> None:
    done = run_kuplet("--version", cwd=app)
    assert (done.code, done.stdout.startswith("kuplet ")) == (0, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("param", "delete", "train", "num_workers", "--env", "staging"),
        ("compile", "dev", "--set", f"web.x={'[' * 700}{']' * 700}"),
        ("compile", "dev", "--set", "web.x=\udcff"),
        ("registry", "add", "r", "https://example.invalid/" + "x" * 5000),
        ("registry", "add", "r", "git+file:///" + "x" * 5000),
        ("registry", "add", "r", "/" + "x" * 5000),
        ("compile", "dev", "--output-dir", "x" * 5000),
        ("compile", "x" * 5000),
        ("import", "-f", "x" * 5000),
        ("generate", "kuplet/minio", "s", "--values-file", "x" * 5000),
        ("init", "x" * 300),
        ("env", "add", "x" * 300),
        ("param", "set", "web.x", "1", "--env", "x" * 300),
        ("review", "--against", "."),
        ("review", "x" * 5000),
    ],
    ids=lambda arguments: " ".join(arguments)[:40].encode("ascii", "replace").decode(),
)
def test_what_a_person_may_type_is_no_bug(app: Path, arguments: tuple[str, ...]) -> None:
    done = run_kuplet(*arguments, cwd=app)
    assert done.code in {0, 1, 2, 3}, done.stderr


@pytest.mark.parametrize("depth", [150, 500, 900, 3000])
@pytest.mark.parametrize("file", ["c.yaml", "c.json", "c.jsonnet"])
def test_what_is_nested_deep_is_refused(app: Path, depth: int, file: str) -> None:
    (app / "components" / file).write_text("[" * depth + "]" * depth)
    environment = f"components: {{web: {{source: components/{file}}}}}\n"
    write_app(app, {"environments/dev.yaml": environment})
    done = run_kuplet("compile", "dev", cwd=app)
    assert done.code == 1, done.stderr
    deep = "x: " + "[" * depth + "]" * depth
    write_app(app, {"environments/dev.yaml": f"components: {{web: {{params: {{{deep}}}}}}}\n"})
    assert run_kuplet("validate", cwd=app).code == 1


def test_an_object_with_a_long_name_gets_a_file(app: Path) -> None:
    config = CONFIG.replace('"web"', 'std.repeat("w", 250)')
    (app / "components/web.jsonnet").write_text(config)
    done = run_kuplet("compile", "dev", "--output-dir", "out", cwd=app)
    assert done.code == 0, done.stderr


def test_a_sandbox_directory_that_is_a_file_is_no_bug(app: Path) -> None:
    env = {"KUPLET_SANDBOX_DIR": str(app / "app.yaml")}
    for arguments in (("sandbox", "status"), ("diff", "dev"), ("history", "dev")):
        done = run_kuplet(*arguments, cwd=app, env=env)
        assert done.code in {0, 1, 2, 3}, done.stderr
