"""An apply that is left while its runs go on, and finished later, from here or anywhere else."""

from pathlib import Path

import pytest

from compiler.errors import AppError
from compiler.executor.running import Patience
from compiler.formats.options import CompileOptions
from compiler.model.json import JsonObject
from compiler.model.manifest import ObjectRef
from compiler.model.outcome import Failed, Left, Outcome
from compiler.model.release import ReleaseStatus, RunState
from compiler.verbs.apply import ApplyOptions, carry_out, plan_apply
from compiler.verbs.compile import compile_environment
from tests.executor.applying import PATIENCE, AppWith, applied, config, newest, target, there
from tests.executor.fake_cluster import FakeCluster
from tests.factories import load

JOB = (
    "apiVersion: batch/v1\nkind: Job\nmetadata: {name: train}\nspec: {template: {spec: "
    "{restartPolicy: Never, containers: [{name: a, image: 'x:1'}]}}}\n"
)
TRAIN = ObjectRef("batch", "Job", "test", "train")
LEAVING = Patience(first_look_s=0.001, for_runs=False)


def app(app_with: AppWith, job: str = JOB) -> Path:
    """Return an app whose web waits until the training is completed; data waits for nothing."""
    root = app_with(train=job, web=config("web"), data=config("data"))
    file = root / "environments/test.yaml"
    text = file.read_text().replace("train.yaml}", "train.yaml, onChange: run}")
    file.write_text(
        text.replace("web.yaml}", "web.yaml, needs: [{component: train, until: completed}]}")
    )
    return root


def left(root: Path, cluster: FakeCluster) -> list[Outcome]:
    proposal = plan_apply(compile_environment(load(root), "test"), target(cluster))
    return list(carry_out(load(root), proposal, target(cluster), CompileOptions(), LEAVING))


def resumed(root: Path, cluster: FakeCluster, patience: Patience = PATIENCE) -> list[Outcome]:
    compiled = compile_environment(load(root), "test")
    proposal = plan_apply(compiled, target(cluster), ApplyOptions(resume=True))
    return list(carry_out(load(root), proposal, target(cluster), CompileOptions(), patience))


def ends(cluster: FakeCluster, how: str) -> None:
    condition: JsonObject = {"type": how, "status": "True"}
    cluster.set_status(TRAIN, {"conditions": [condition]})


def test_what_can_start_starts_and_the_rest_is_left(app_with: AppWith) -> None:
    cluster = FakeCluster()
    outcomes = left(app(app_with), cluster)
    assert [item.ref.name for item in outcomes if isinstance(item, Left)] == ["train", "web"]
    assert there(cluster) == {"data"}
    release = newest(cluster)
    assert (release.status, release.finished) == (ReleaseStatus.RUNNING, "")
    assert not release.stands


def test_it_goes_on_as_the_same_release_when_the_run_is_done(app_with: AppWith) -> None:
    cluster = FakeCluster()
    root = app(app_with)
    left(root, cluster)
    outcomes = resumed(root, cluster, LEAVING)  # too early: it is left once more
    assert [item.ref.name for item in outcomes if isinstance(item, Left)] == ["train", "web"]
    ends(cluster, "Complete")
    resumed(root, cluster)
    assert there(cluster) == {"data", "web"}
    release = newest(cluster)
    assert (release.revision, release.status) == (1, ReleaseStatus.SUCCEEDED)
    assert release.runs == {"Job/test/train": RunState.COMPLETED}
    assert not any(isinstance(item, Left) for item in resumed(root, cluster))  # nothing to do
    assert newest(cluster).revision == 1


def test_a_run_that_failed_meanwhile_fails_the_release_and_is_run_anew_by_an_apply(
    app_with: AppWith,
) -> None:
    cluster = FakeCluster()
    root = app(app_with)
    left(root, cluster)
    ends(cluster, "Failed")
    failed = [item for item in resumed(root, cluster) if isinstance(item, Failed)]
    assert [item.ref.name for item in failed] == ["train"]
    assert (newest(cluster).revision, newest(cluster).status) == (1, ReleaseStatus.FAILED)
    left(root, cluster)
    assert newest(cluster).revision == 2
    assert [item.ref.name for item in newest(cluster).manifests if item.ref.kind == "Job"] != [
        "train"
    ]


def test_an_apply_goes_on_too_with_a_release_of_its_own(app_with: AppWith) -> None:
    cluster = FakeCluster()
    root = app(app_with)
    left(root, cluster)
    ends(cluster, "Complete")
    applied(root, cluster)
    assert there(cluster) == {"data", "web"}
    assert (newest(cluster).revision, newest(cluster).status) == (2, ReleaseStatus.SUCCEEDED)


def test_files_that_say_something_else_are_no_way_to_go_on(app_with: AppWith) -> None:
    cluster = FakeCluster()
    with pytest.raises(AppError, match='there is no apply of "test" to go on with'):
        resumed(app(app_with), cluster)
    left(app(app_with), cluster)
    with pytest.raises(AppError, match="the files say something else than release 1 of test"):
        resumed(app(app_with, JOB.replace("x:1", "x:2")), cluster)
