"""What is said while a plan is carried out, and when that is interrupted."""

from collections.abc import Iterator

import pytest

from compiler.cli.report.progress import show_progress
from compiler.model.app import Goal
from compiler.model.change import Action
from compiler.model.outcome import Outcome, Reached, Waiting, Written
from compiler.model.plan import Step
from tests.factories import make_manifest, make_plan

CONFIG = make_manifest()
PLAN = make_plan(Step(manifest=CONFIG, action=Action.KEEP))


def interrupted() -> Iterator[Outcome]:
    yield Written(ref=CONFIG.ref, action=Action.KEEP)
    yield Waiting(ref=CONFIG.ref, until=Goal.READY, message="0 of 1 replicas")
    raise KeyboardInterrupt


def test_what_is_not_ready_when_interrupted_is_not_as_it_should_be(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(KeyboardInterrupt):
        show_progress(PLAN, interrupted())
    said = capsys.readouterr().err
    assert "as they should be" not in said
    assert "it was waiting for ConfigMap/config until ready: 0 of 1 replicas" in said
    assert "0 created, 0 changed, 1 unchanged so far; apply again to go on" in said


def test_what_needed_nothing_is_as_it_should_be(capsys: pytest.CaptureFixture[str]) -> None:
    written = Written(ref=CONFIG.ref, action=Action.KEEP)
    show_progress(PLAN, iter([written, Reached(ref=CONFIG.ref, goal=Goal.READY, seconds=0)]))
    assert capsys.readouterr().err == "no changes: 1 objects are as they should be\n"
