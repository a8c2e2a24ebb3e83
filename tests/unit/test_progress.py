"""What is said while a plan is carried out, and when that is interrupted."""

from collections.abc import Iterator

import pytest

from compiler.cli.report.progress import show_progress, show_waiting
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
    assert capsys.readouterr().err == "no changes: 1 object is as it should be\n"


def test_what_is_kept_does_not_count_among_what_changes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept, other = (make_manifest(name=name).ref for name in ("kept", "waited"))
    plan = make_plan(
        *(Step(manifest=make_manifest(name=ref.name), action=Action.KEEP) for ref in (kept, other)),
        Step(manifest=CONFIG, action=Action.CREATE),
    )
    outcomes: list[Outcome] = [
        Written(ref=kept, action=Action.KEEP),
        Reached(ref=kept, goal=Goal.READY, seconds=0),
        Written(ref=CONFIG.ref, action=Action.CREATE),
        Reached(ref=CONFIG.ref, goal=Goal.READY, seconds=0),
        Written(ref=other, action=Action.KEEP),
        Waiting(ref=other, until=Goal.READY, message="0 of 1 replicas"),
        Reached(ref=other, goal=Goal.READY, seconds=2),
    ]
    show_progress(plan, iter(outcomes))
    assert capsys.readouterr().err.splitlines()[:-1] == [
        "    [0/1] + ConfigMap/config created",
        "    [1/2] … ConfigMap/waited until ready: 0 of 1 replicas",
        "    [2/2] ✓ ConfigMap/waited ready after 2 s",
    ]


def test_waiting_for_what_changes_nothing_counts_all(capsys: pytest.CaptureFixture[str]) -> None:
    waiting = Waiting(ref=CONFIG.ref, until=Goal.READY, message="0 of 1 replicas")
    show_waiting(PLAN, iter([waiting, Reached(ref=CONFIG.ref, goal=Goal.READY, seconds=3)]))
    assert capsys.readouterr().err.splitlines() == [
        "    [0/1] … ConfigMap/config until ready: 0 of 1 replicas",
        "    [1/1] ✓ ConfigMap/config ready after 3 s",
        "1 object as far as asked for",
    ]
