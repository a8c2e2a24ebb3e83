"""The benchmark says nothing that is not so."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
WORK_FOR = "import time; end = time.process_time() + {}\nwhile time.process_time() < end: pass"


def python(code: str, tmp_path: Path) -> str:
    """Run code beside the modules of the benchmark, which are programs of their own."""
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARKS)}
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def measured(tmp_path: Path, *command: str) -> dict[str, float]:
    files = (str(tmp_path / "out"), str(tmp_path / "err"))
    line = [sys.executable, "-I", "-S", str(BENCHMARKS / "measured.py"), *files, *command]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def test_work_in_a_process_that_nobody_waits_for_is_counted(tmp_path: Path) -> None:
    child = WORK_FOR.format(0.5)
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}])"
    cost = measured(tmp_path, sys.executable, "-c", code)
    assert cost["cpu"] > 0.5


def test_the_exit_code_is_that_of_the_command(tmp_path: Path) -> None:
    assert measured(tmp_path, "sh", "-c", "exit 3")["code"] == 3


@pytest.mark.parametrize(
    ("relation", "bound", "ours", "peer", "met"),
    [
        ("FASTER", 1, 1.0, 1.0, False),
        ("FASTER", 1, 0.9, 1.0, True),
        ("FASTER", 10, 0.1, 1.0, True),
        ("SLOWER", 1.2, 1.2, 1.0, True),
        ("SLOWER", 1.2, 1.3, 1.0, False),
        ("MORE", 0.045, 0.056, 0.01, False),
        ("MORE", 0.045, 0.054, 0.01, True),
        ("BELOW", 170, 171, 0.0, False),
    ],
)
def test_a_target_is_met_when_it_is_reached(
    relation: str, bound: float, ours: float, peer: float, met: bool, tmp_path: Path
) -> None:
    code = (
        "from rows import Relation, Target\n"
        f"target = Target(relation=Relation.{relation}, bound={bound})\n"
        f"print(target.is_met(target.reached({ours}, {peer})))"
    )
    assert python(code, tmp_path) == str(met)


def test_the_same_seed_makes_the_same_work(tmp_path: Path) -> None:
    code = "from work import components; print(components(20, 7))"
    assert python(code, tmp_path) == python(code, tmp_path)
    assert python(code, tmp_path) != python(code.replace("7", "8"), tmp_path)


def test_what_differs_by_one_value_is_noticed(tmp_path: Path) -> None:
    code = (
        "import yaml\nfrom work import components, difference, objects_of\n"
        "of = components(2, 1)\nbodies = [body for one in of for body in objects_of(one)]\n"
        "print(repr(difference(yaml.safe_dump_all(bodies), of)))\n"
        "bodies[0]['data']['level'] = 'other'\n"
        "print(difference(yaml.safe_dump_all(bodies), of))\n"
        "print(difference(yaml.safe_dump_all(bodies[1:]), of))"
    )
    same, differs, missing = python(code, tmp_path).splitlines()
    assert same == "''"
    assert differs == "1 objects differ, such as ('ConfigMap', 'web-00000')"
    assert missing == "1 objects are missing, such as ('ConfigMap', 'web-00000')"


@pytest.mark.parametrize(
    ("method", "path", "verb"),
    [
        ("PATCH", "/api/v1/namespaces/a/configmaps/b?fieldManager=kuplet", "APPLY"),
        ("PATCH", "/api/v1/namespaces/a/configmaps/b?fieldManager=x&dryRun=All", "dry APPLY"),
        ("GET", "/api/v1/namespaces/a/configmaps?limit=500", "LIST"),
        ("GET", "/api/v1/namespaces/a/configmaps/b", "GET"),
        ("GET", "/api/v1/namespaces/a", "GET"),
        ("GET", "/api/v1/namespaces", "LIST"),
        ("GET", "/apis/apps/v1/deployments", "LIST"),
        ("GET", "/apis/apps/v1/namespaces/a/deployments?watch=true", "WATCH"),
        ("GET", "/apis/apps/v1", "discovery"),
        ("GET", "/openapi/v3", "discovery"),
        ("POST", "/api/v1/namespaces", "POST"),
    ],
)
def test_a_request_is_counted_as_what_it_is(
    method: str, path: str, verb: str, tmp_path: Path
) -> None:
    code = f"from counting import verb_of; print(verb_of({method!r}, {path!r}))"
    assert python(code, tmp_path) == verb
