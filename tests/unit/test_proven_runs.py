"""What has been tried out to its end, and may be promoted."""

from dataclasses import replace

import pytest

from compiler.model.app import Goal, Need
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest
from compiler.model.owner import Owner
from compiler.model.release import Release, ReleaseStatus, RunState
from compiler.model.run import RunStatus
from compiler.stages.runs import recorded_runs, unproven
from tests.factories import make_manifest

RELEASE = Release(
    app="demo",
    environment="staging",
    revision=1,
    status=ReleaseStatus.SUCCEEDED,
    digest="",
    components=(),
    parameters={},
    packages={},
    objects=(),
)


def job(image: str = "a:1", name: str = "train", component: str = "train") -> Manifest:
    spec: JsonObject = {"template": {"spec": {"containers": [{"name": "a", "image": image}]}}}
    made = make_manifest("Job", name, api_version="batch/v1", spec=spec)
    labels = Owner("demo", "staging").labels_of(component)
    metadata: JsonObject = {**made.body["metadata"], "labels": labels}  # type: ignore[dict-item]
    return replace(made, body={**made.body, "metadata": metadata})


def release(*jobs: Manifest, revision: int = 1, **states: RunState) -> Release:
    runs = {f"Job/test/{name}": state for name, state in states.items()}
    objects = tuple(item.body for item in jobs)
    return replace(RELEASE, revision=revision, objects=objects, runs=runs)


@pytest.mark.parametrize(
    ("state", "reasons"),
    [
        (RunState.COMPLETED, {}),
        (RunState.FAILED, {"train": ("Job/train is failed",)}),
        (RunState.STARTED, {"train": ("Job/train is gone, and nobody saw how it ended",)}),
    ],
)
def test_only_a_run_that_has_completed_proves_its_component(
    state: RunState, reasons: dict[str, tuple[str, ...]]
) -> None:
    newest = release(job(), train=state)
    assert unproven(newest, recorded_runs([newest])) == reasons


@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.QUEUED, RunStatus.PENDING])
def test_a_run_that_goes_on_proves_nothing_yet(status: RunStatus) -> None:
    newest = release(job())
    runs = [replace(run, status=status, message="1 of 2") for run in recorded_runs([newest])]
    assert unproven(newest, runs) == {"train": (f"Job/train is {status}: 1 of 2",)}


def test_a_run_that_was_never_made_proves_nothing() -> None:
    assert unproven(release(job()), []) == {"train": ("Job/train was not run",)}


def test_an_earlier_run_with_the_same_spec_is_proof_and_one_with_another_is_none() -> None:
    earlier = release(job(), train=RunState.COMPLETED)
    again = release(job(), revision=2, train=RunState.STARTED)
    changed = release(job("a:2"), revision=2, train=RunState.STARTED)
    assert unproven(again, recorded_runs([again, earlier])) == {}
    assert "train" in unproven(changed, recorded_runs([changed, earlier]))


def test_a_model_is_as_good_as_the_training_that_its_server_waited_for() -> None:
    failed = release(job(), train=RunState.FAILED)
    until = {goal: (Need(component="train", until=goal),) for goal in (Goal.COMPLETED, Goal.READY)}
    needs = {"serve": until[Goal.COMPLETED], "board": until[Goal.READY]}
    found = unproven(replace(failed, needs=needs), recorded_runs([failed]))
    assert set(found) == {"train", "serve"}
