"""The runs of an environment, as releases and a cluster in memory tell of them."""

from pathlib import Path

from compiler.cli.report.languages import without_styles
from compiler.cli.report.runs import difference_text, runs_json, runs_text
from compiler.executor.lock import Locking
from compiler.formats.options import CompileOptions
from compiler.model.manifest import ObjectRef
from compiler.model.run import Run, RunStatus
from compiler.verbs.apply import carry_out, plan_delete
from compiler.verbs.compile import compile_environment, resolve_environment
from compiler.verbs.runs import list_runs, remove_runs, superfluous_runs
from tests.executor.applying import PATIENCE, AppWith, applied, target
from tests.executor.fake_cluster import FakeCluster
from tests.executor.test_runs import JOB, TIMED, Jobs, app, image, jobs, remove
from tests.factories import load


def listed(root: Path, cluster: FakeCluster) -> list[Run]:
    found, damaged = list_runs(resolve_environment(load(root), "test"), target(cluster))
    assert damaged == ()
    return found


def statuses(runs: list[Run]) -> list[tuple[RunStatus, int, bool, bool]]:
    return [(run.status, run.release, run.is_newest, run.is_there) for run in runs]


def test_every_run_is_listed_the_newest_first(app_with: AppWith) -> None:
    cluster = Jobs()
    for number in (1, 2, 2, 3):
        applied(app(app_with, image(number)), cluster)
    found = listed(app(app_with, image(3)), cluster)
    assert statuses(found) == [
        (RunStatus.COMPLETED, 3, True, True),
        (RunStatus.COMPLETED, 2, False, True),
        (RunStatus.COMPLETED, 1, False, True),
    ]
    assert found[-1].name == "Job/train"
    assert found[0].seconds == 60
    text = runs_text(found)
    assert text.splitlines()[0].split() == [
        "RUN", "COMPONENT", "STATUS", "RELEASE", "STARTED", "DURATION", "GPU-HOURS", "WHY"
    ]  # fmt: skip
    assert '"component": "train"' in runs_json(found)


def test_of_a_run_that_is_gone_the_releases_tell_how_it_ended(app_with: AppWith) -> None:
    cluster = Jobs()
    root = app(app_with, TIMED)
    applied(root, cluster)
    remove(cluster, "train")
    (run,) = listed(root, cluster)
    assert (run.status, run.is_there, run.seconds) == (RunStatus.COMPLETED, False, None)
    assert "completed, removed" in runs_text([run])


def test_a_run_that_is_made_once_more_after_a_delete_is_another_one(app_with: AppWith) -> None:
    cluster = Jobs()
    root = app(app_with, JOB)
    applied(root, cluster)
    proposal = plan_delete(compile_environment(load(root), "test"), target(cluster))
    list(carry_out(load(root), proposal, target(cluster), CompileOptions(), PATIENCE))
    applied(root, cluster)
    assert statuses(listed(root, cluster)) == [
        (RunStatus.COMPLETED, 3, True, True),
        (RunStatus.COMPLETED, 1, False, False),
    ]


def test_a_run_that_nobody_saw_end_is_unknown(app_with: AppWith) -> None:
    cluster = FakeCluster()
    root = app(app_with, JOB)
    ref = ObjectRef("batch", "Job", "test", "train")
    cluster.after("apply", "train", lambda _: cluster.vanish(ref))
    applied(root, cluster)
    (run,) = listed(root, cluster)
    assert (run.status, run.is_there) == (RunStatus.UNKNOWN, False)


def test_two_runs_differ_in_what_was_changed(app_with: AppWith) -> None:
    cluster = Jobs()
    applied(app(app_with, JOB), cluster)
    root = app(app_with, image(2))
    applied(root, cluster)
    after, before = listed(root, cluster)
    text = without_styles(difference_text(before, after))
    assert [line.split() for line in text.splitlines() if line[:1] in "+-" and "image" in line] == [
        ["-", "-", "image:", "x:1"],
        ["+", "-", "image:", "x:2"],
    ]
    assert "metadata" not in text


def test_earlier_runs_go_and_the_newest_stays(app_with: AppWith) -> None:
    cluster = Jobs()
    for number in range(1, 5):
        applied(app(app_with, image(number)), cluster)
    root = app(app_with, image(4))
    found = listed(root, cluster)
    old = superfluous_runs(found, 1, ())
    assert [run.release for run in old] == [2, 1]
    assert superfluous_runs(found, 0, ["other"]) == []
    remove_runs(resolve_environment(load(root), "test"), target(cluster), old, Locking())
    assert len(jobs(cluster)) == 2
    assert statuses(listed(root, cluster))[-1] == (RunStatus.COMPLETED, 1, False, False)
    assert superfluous_runs(listed(root, cluster), 1, ()) == []
