"""A plan that was reviewed is carried out as it is, or what has moved is named."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from compiler.cli.report.plan_markdown import plan_markdown
from compiler.cli.report.plan_page import plan_page
from compiler.errors import AppError
from compiler.formats.options import CompileOptions
from compiler.model.json import JsonObject
from compiler.model.manifest import ObjectRef
from compiler.stages.plan_file import PlanFile, plan_file_of
from compiler.verbs.apply import ApplyOptions, carry_out, plan_apply
from compiler.verbs.compile import compile_environment
from compiler.verbs.plan_file import held_against, plan_file, read_plan_file
from compiler.verbs.proposal import Proposal
from tests.executor.applying import PATIENCE, AppWith, applied, config, planned, target
from tests.executor.fake_cluster import FakeCluster
from tests.factories import load

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {password: 'hunter2'}\n"
CONFIG = ObjectRef("", "ConfigMap", "test", "a")


def proposed(root: Path, cluster: FakeCluster, options: ApplyOptions | None = None) -> Proposal:
    wishes = options or ApplyOptions()
    return plan_apply(compile_environment(load(root), "test"), target(cluster), wishes)


def written(root: Path, cluster: FakeCluster) -> PlanFile:
    compiled = compile_environment(load(root), "test")
    file = plan_file(proposed(root, cluster), compiled, ApplyOptions())
    text = json.dumps(file.as_json)
    assert "hunter2" not in text
    again = plan_file_of(json.loads(text))
    assert again.as_json == file.as_json
    return again


def held(
    file: PlanFile, root: Path, cluster: FakeCluster, *, accept: bool = False
) -> tuple[str, ...]:
    compiled = compile_environment(load(root), "test")
    now = plan_apply(compiled, target(cluster), ApplyOptions.of_flags(file.options))
    found = held_against(file, now, compiled, accept_drift=accept)
    list(carry_out(load(root), now, target(cluster), CompileOptions(), PATIENCE))
    return tuple(item.message for item in found)


def test_what_was_reviewed_is_carried_out(app_with: AppWith) -> None:
    cluster = FakeCluster()
    root = app_with(web=config("a"), keys=SECRET)
    file = written(root, cluster)
    assert held(file, root, cluster) == ()
    assert not planned(root, cluster).plan.has_changes
    with pytest.raises(AppError, match=r"planned was create, now it would be keep"):
        held(file, root, cluster)  # it has been carried out already


def test_what_has_moved_is_named_and_needs_to_be_accepted(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=config("a"), other=config("b")), cluster)
    root = app_with(web=config("a").replace("fast", "slow"), other=config("b"))
    file = written(root, cluster)
    edit: JsonObject = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "b", "namespace": "test"},
        "data": {"mode": "odd"},
    }
    cluster.apply(edit, manager="kuplet", force=True)
    with pytest.raises(AppError) as caught:
        held(file, root, cluster)
    (finding,) = caught.value.findings
    assert finding.rule == "plan-moved"
    assert finding.message.startswith("ConfigMap/test/b has moved since the plan was made")
    (accepted,) = held(file, root, cluster, accept=True)
    assert "now it would be update" in accepted
    assert not planned(root, cluster).plan.has_changes


def test_an_object_that_was_made_again_has_moved(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=config("a")), cluster)
    root = app_with(web=config("a").replace("fast", "slow"))
    file = written(root, cluster)
    cluster.vanish(CONFIG)
    applied(app_with(web=config("a")), cluster)
    root = app_with(web=config("a").replace("fast", "slow"))
    with pytest.raises(AppError, match="planned was update of uid-"):
        held(file, root, cluster)


def test_other_files_are_refused_whatever_is_accepted(app_with: AppWith) -> None:
    cluster = FakeCluster()
    file = written(app_with(web=config("a")), cluster)
    root = app_with(web=config("a").replace("fast", "slow"))
    with pytest.raises(AppError, match="files say something else"):
        held(file, root, cluster, accept=True)


def test_another_value_of_a_secret_is_another_file(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=config("a"), keys=SECRET), cluster)
    file = written(app_with(web=config("b"), keys=SECRET), cluster)
    root = app_with(web=config("b"), keys=SECRET.replace("hunter2", "hunter3"))
    with pytest.raises(AppError, match="files say something else"):
        held(file, root, cluster, accept=True)


def test_another_cluster_and_another_kuplet_are_refused(app_with: AppWith) -> None:
    cluster = FakeCluster()
    root = app_with(web=config("a"))
    file = written(root, cluster)
    elsewhere: JsonObject = {
        **file.document,
        "target": {"server": "https://other", "ca": "", "namespace": "x"},
    }
    with pytest.raises(AppError, match="another target: https://other, x"):
        held(replace(file, document=elsewhere), root, cluster, accept=True)
    with pytest.raises(AppError, match=r"made by kuplet 0\.0\.1"):
        held(replace(file, tool="kuplet 0.0.1"), root, cluster, accept=True)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"kind": "PlanFile"}', "\x00"])
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(text)
    with pytest.raises(AppError, match="no plan"):
        read_plan_file(file)


def test_a_reviewer_reads_what_is_done(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=config("a"), old=config("b")), cluster)
    hostile = config("a").replace("fast", "'</code><script>alert(1)</script> ``` @all'")
    found = proposed(app_with(web=hostile, keys=SECRET), cluster)
    markdown = plan_markdown(found.plan, found.comparison)
    page = plan_page(found.plan, found.comparison)
    assert "| + | `Secret/keys` | keys |" in markdown
    assert "| - | `ConfigMap/b` | old |" in markdown
    assert "<script>" not in page
    assert "hunter2" not in markdown + page
    assert "1 to create, 1 to change, 1 to remove" in page
