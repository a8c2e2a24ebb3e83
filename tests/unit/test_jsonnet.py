import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from compiler.errors import AppError
from compiler.jsonnet import evaluate as evaluation
from compiler.jsonnet.evaluate import Engine, Limits, evaluate
from compiler.model.jsonnet import JsonnetProgram

ENGINES = pytest.mark.parametrize("engine", list(Engine))


def program(source: str, **files: str) -> JsonnetProgram:
    return JsonnetProgram(entry="main.jsonnet", files={"main.jsonnet": source, **files})


@ENGINES
def test_programs_are_evaluated_with_imports_and_variables(engine: Engine) -> None:
    files = {"lib/a.libsonnet": "import 'b.libsonnet'", "lib/b.libsonnet": "41"}
    found = evaluate(
        JsonnetProgram(
            entry="main.jsonnet",
            files={"main.jsonnet": "{x: (import 'lib/a.libsonnet') + std.extVar('n')}", **files},
            ext_code={"n": "1"},
        ),
        engine=engine,
    )
    assert found == {"x": 42}


@ENGINES
def test_an_endless_program_is_stopped(engine: Engine) -> None:
    source = "local f(n) = if n == 0 then 'x' else f(n - 1) + f(n - 1); {x: f(60)}"
    with pytest.raises(AppError) as caught:
        evaluate(program(source), engine=engine, limits=Limits(seconds=1.0))
    assert caught.value.findings[0].rule == "jsonnet-timeout"


@ENGINES
def test_a_greedy_program_is_stopped(engine: Engine) -> None:
    source = "local f(n) = if n == 0 then '0123456789' else local y = f(n - 1); y + y; {x: f(30)}"
    with pytest.raises(AppError) as caught:
        evaluate(program(source), engine=engine, limits=Limits(memory_bytes=200 * 2**20))
    assert caught.value.findings[0].rule == "jsonnet-memory"


@ENGINES
def test_deep_recursion_is_an_error_and_no_crash(engine: Engine) -> None:
    with pytest.raises(AppError) as caught:
        evaluate(program("local f(n) = 1 + f(n + 1); {x: f(1)}"), engine=engine)
    finding = caught.value.findings[0]
    assert finding.rule == "jsonnet-error"
    assert "stack" in finding.message


@ENGINES
def test_errors_point_at_the_users_line(engine: Engine) -> None:
    with pytest.raises(AppError) as caught:
        evaluate(program("{\n  x: error 'boom',\n}"), engine=engine)
    finding = caught.value.findings[0]
    assert finding.message == "boom"
    assert str(finding.span) == "main.jsonnet:2:6"
    assert finding.span
    assert finding.span.excerpt == "  x: error 'boom',"


@ENGINES
def test_imports_cannot_leave_their_roots(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("hidden")
    root = tmp_path / "app"
    root.mkdir()
    for name in ("../secret.txt", str(tmp_path / "secret.txt")):
        outside = JsonnetProgram(
            entry="main.jsonnet",
            files={"main.jsonnet": f"{{x: importstr '{name}'}}"},
            roots={"": str(root)},
        )
        with pytest.raises(AppError) as caught:
            evaluate(outside, engine=engine)
        assert "no file" in caught.value.findings[0].message


@ENGINES
def test_search_directories_serve_imports(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "lib.libsonnet").write_text("{y: 1}")
    found = evaluate(
        JsonnetProgram(
            entry="main.jsonnet",
            files={"main.jsonnet": "{x: (import 'lib.libsonnet').y}"},
            search=(str(tmp_path),),
        ),
        engine=engine,
    )
    assert found == {"x": 1}


ENDLESS = "local f(n) = if n == 0 then 'x' else f(n - 1) + f(n - 1); {x: f(60)}"


@ENGINES
def test_an_evaluation_ends_with_who_asked_for_it(engine: Engine, tmp_path: Path) -> None:
    script = (
        "from compiler.jsonnet.evaluate import evaluate\n"
        "from compiler.model.jsonnet import JsonnetProgram\n"
        f"files = {{'m': {ENDLESS!r}}}\n"
        f"evaluate(JsonnetProgram(entry='m', files=files), engine={str(engine)!r})\n"
    )
    asking = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[2])
    parent = psutil.Process(asking.pid)
    deadline = time.monotonic() + 30
    while not parent.children() and time.monotonic() < deadline:
        time.sleep(0.05)
    worker = parent.children()[0]
    time.sleep(0.5)
    asking.kill()
    asking.wait()
    psutil.wait_procs([worker], timeout=10)
    assert not worker.is_running()


@ENGINES
def test_an_evaluation_has_a_limit_on_its_own_time(engine: Engine) -> None:
    request = {
        **asdict(program(ENDLESS)),
        "homes": [],
        "max_file_bytes": 1,
        "engine": engine,
        "is_watched": False,
        "memory_bytes": 2**31,
        "cpu_seconds": 1,
    }
    theirs, ours = os.pipe()
    with open(theirs), open(ours, "w"):  # noqa: PTH123  descriptors
        done = subprocess.run(
            [
                sys.executable,
                "-I",
                evaluation.__file__.replace("evaluate.py", "worker.py"),
                f"{theirs}",
            ],
            input=json.dumps(request).encode(),
            capture_output=True,
            check=False,
            timeout=30,
            pass_fds=[theirs],
        )
    assert done.returncode == -signal.SIGXCPU
