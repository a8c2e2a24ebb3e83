"""One worker serves many evaluations, and none of them can tell."""

import os
import sys
from pathlib import Path

import psutil
import pytest

from compiler.errors import AppError
from compiler.jsonnet.evaluate import Engine, Limits, evaluate, evaluate_traced
from compiler.model.jsonnet import JsonnetProgram

ENGINES = pytest.mark.parametrize("engine", list(Engine))
SIMPLE = "{x: 1}"
GREEDY = "local f(n) = if n == 0 then '0123456789' else local y = f(n - 1); y + y; {x: f(%d)}"


def program(source: str, **files: str) -> JsonnetProgram:
    return JsonnetProgram(entry="main.jsonnet", files={"main.jsonnet": source, **files})


def workers() -> set[psutil.Process]:
    """Return those of this process; other tests may have left children that nobody waited for."""
    alive = (each for each in psutil.Process().children() if each.status() != psutil.STATUS_ZOMBIE)
    return {each for each in alive if "worker.py" in " ".join(each.cmdline())}


def test_evaluations_and_errors_are_served_by_one_process() -> None:
    evaluate(program(SIMPLE))
    before = workers()
    with pytest.raises(AppError):
        evaluate(program("{x: error 'no'}"))
    assert evaluate(program(SIMPLE)) == {"x": 1}
    assert workers() == before
    assert before


@ENGINES
def test_what_one_program_traced_or_failed_at_is_not_said_of_the_next(engine: Engine) -> None:
    traced = evaluate_traced(program("{x: std.trace('%s', 1)}" % ("long " * 50_000)), engine=engine)
    assert traced.trace.count("long") == 50_000
    with pytest.raises(AppError) as native:
        evaluate(program("{x: std.native('regexMatch')('(', 'a')}"), engine=engine)
    assert "regexMatch" in native.value.findings[0].message
    with pytest.raises(AppError) as own:
        evaluate(program("{x: error 'mine'}"), engine=engine)
    assert own.value.findings[0].message == "mine"
    assert evaluate_traced(program(SIMPLE), engine=engine).trace == ""


@ENGINES
def test_an_endless_trace_is_stopped_in_time(engine: Engine) -> None:
    tracing = "local f(n) = if n == 0 then 1 else std.trace('x', f(n - 1) + f(n - 1)); {x: f(60)}"
    with pytest.raises(AppError) as caught:
        evaluate(program(tracing), engine=engine, limits=Limits(seconds=1.0))
    assert caught.value.findings[0].rule == "jsonnet-timeout"


@ENGINES
def test_files_are_read_anew(engine: Engine, tmp_path: Path) -> None:
    importing = JsonnetProgram(
        entry="main.jsonnet",
        files={"main.jsonnet": "import 'lib.libsonnet'"},
        roots={"": str(tmp_path)},
    )
    for number in range(2):
        (tmp_path / "lib.libsonnet").write_text(f"{{x: {number}}}")
        assert evaluate(importing, engine=engine) == {"x": number}


@ENGINES
def test_after_a_worker_was_killed_or_stopped_there_is_another(engine: Engine) -> None:
    evaluate(program(SIMPLE), engine=engine)
    for worker in workers():
        worker.kill()
        worker.wait()
    assert evaluate(program(SIMPLE), engine=engine) == {"x": 1}
    with pytest.raises(AppError):
        evaluate(program(GREEDY % 60), engine=engine, limits=Limits(seconds=0.5))
    assert evaluate(program(SIMPLE), engine=engine) == {"x": 1}


@ENGINES
def test_a_program_has_the_memory_that_its_own_limit_allows(engine: Engine) -> None:
    with pytest.raises(AppError) as caught:
        evaluate(program(GREEDY % 30), engine=engine, limits=Limits(memory_bytes=200 * 2**20))
    assert caught.value.findings[0].rule == "jsonnet-memory"
    many = "{x: std.length([std.toString(n) for n in std.range(1, 10000)])}"
    for _ in range(3):
        assert evaluate(program(many), engine=engine) == {"x": 10_000}


def test_a_large_parent_makes_no_large_worker() -> None:
    held = bytearray(400 * 2**20)  # all of it is written, and so resident
    evaluate(program(SIMPLE))
    before = workers()
    evaluate(program(SIMPLE))
    assert workers() == before
    assert before
    del held


def test_a_large_worker_serves_nobody_else() -> None:
    evaluate(program(SIMPLE))
    before = workers()
    evaluate(program("{x: std.length([std.toString(n) for n in std.range(1, 1000000)])}"))
    assert workers() < before


@pytest.mark.skipif(sys.platform != "linux", reason="counts processes of a fork")
def test_a_fork_leaves_the_worker_to_its_parent() -> None:
    evaluate(program(SIMPLE))
    before = workers()
    child = os.fork()
    if child == 0:
        is_own = not workers() and evaluate(program("{x: 2}")) == {"x": 2} and len(workers()) == 1
        os._exit(0 if is_own else 1)
    _, status = os.waitpid(child, 0)
    assert status == 0
    assert evaluate(program(SIMPLE)) == {"x": 1}
    assert workers() == before
