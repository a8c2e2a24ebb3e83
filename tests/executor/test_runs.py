"""What is to run anew gets a name of its own, on a cluster in memory."""

from pathlib import Path

from compiler.formats.options import CompileOptions
from compiler.model.change import Action
from compiler.model.json import JsonObject
from compiler.model.manifest import ObjectRef, mapping_at, text_at
from compiler.verbs.apply import ApplyOptions, carry_out, compare, plan_apply
from compiler.verbs.compile import compile_environment
from tests.executor.applying import (
    PATIENCE,
    AppWith,
    applied,
    config,
    newest,
    planned,
    reasons,
    target,
)
from tests.executor.fake_cluster import FakeCluster
from tests.factories import load

JOB = (
    "apiVersion: batch/v1\nkind: Job\nmetadata: {name: train}\nspec: {template: {spec: "
    "{restartPolicy: Never, containers: [{name: a, image: 'x:1'}]}}}\n"
)
TFJOB = (
    "apiVersion: kubeflow.org/v1\nkind: TFJob\nmetadata: {name: train}\nspec: {tfReplicaSpecs: "
    "{Worker: {replicas: 1, template: {spec: {containers: [{name: tensorflow, image: 'x:1'}]}}}}}\n"
)
ALONE = "web.yaml}"
NEEDS = "web.yaml, needs: [{component: train, until: completed}]}"


class Jobs(FakeCluster):
    """Jobs end as soon as they are there."""

    def __init__(self, ending: str = "Complete") -> None:
        super().__init__()
        self.ending = ending

    def apply(self, body: JsonObject, *, dry_run: bool = False, force: bool = False,
              manager: str = "kuplet") -> JsonObject:  # fmt: skip
        done = super().apply(body, dry_run=dry_run, force=force, manager=manager)
        if body.get("kind") == "Job" and not dry_run:
            name = text_at(body, "metadata", "name")
            condition: JsonObject = {"type": self.ending, "status": "True"}
            times = {"startTime": "2026-01-01T08:00:00Z", "completionTime": "2026-01-01T08:01:00Z"}
            status: JsonObject = {"conditions": [condition], **times}
            self.set_status(ObjectRef("batch", "Job", "test", name), status)
        return done


def app(app_with: AppWith, job: str, keep: int = 3, needs: str = NEEDS) -> Path:
    root = app_with(train=job, web=config("a"))
    file = root / "environments/test.yaml"
    text = file.read_text().replace("train.yaml}", "train.yaml, onChange: run}")
    text = text.replace("web.yaml}", needs) + f"history: {{runs: {keep}}}\n"
    file.write_text(text)
    return root


def jobs(cluster: FakeCluster) -> list[str]:
    return [text_at(item, "metadata", "name") for item in cluster.list_objects("batch/v1", "Job")]


def image(number: int) -> str:
    return JOB.replace("x:1", f"x:{number}")


def test_the_first_run_has_the_name_that_the_app_gives_it(app_with: AppWith) -> None:
    cluster = Jobs()
    root = app(app_with, JOB)
    applied(root, cluster)
    assert jobs(cluster) == ["train"]
    assert not planned(root, cluster).plan.has_changes


def test_what_changes_is_a_new_run_and_what_waits_for_it_waits_for_the_new_one(
    app_with: AppWith,
) -> None:
    cluster = Jobs()
    applied(app(app_with, JOB), cluster)
    root = app(app_with, image(2))
    shown = compare(compile_environment(load(root), "test"), target(cluster))
    (new,) = [item for item in shown.changes if item.action is Action.CREATE]
    assert new.note == "a new run, after train"
    assert [item.path for item in new.fields] == ["spec.template.spec.containers[a].image"]
    found = planned(root, cluster)
    (run,) = [step for step in found.plan.steps if step.action is Action.CREATE]
    (web,) = [step for step in found.plan.steps if step.ref.name == "a"]
    assert run.ref.name.startswith("train-")
    assert [need.needed for need in web.needs] == [run.ref]
    assert reasons(found)["train"] == "a run that is complete"
    applied(root, cluster)
    assert jobs(cluster) == ["train", run.ref.name]
    (live,) = cluster.list_objects("batch/v1", "Job", fieldSelector=f"metadata.name={run.ref.name}")
    assert mapping_at(live, "metadata", "annotations")["kuplet.dev/run-of"] == "train"
    assert not planned(root, cluster).plan.has_changes  # the run has kept its name


def test_what_the_app_said_before_and_says_again_is_a_new_run(app_with: AppWith) -> None:
    cluster = Jobs()
    for number in (1, 2, 3, 2, 1):
        root = app(app_with, image(number), keep=9)
        applied(root, cluster)
        assert not planned(root, cluster).plan.has_changes
    assert len(jobs(cluster)) == 5


def test_earlier_runs_are_kept_to_a_number(app_with: AppWith) -> None:
    cluster = Jobs()
    for number in range(1, 5):
        applied(app(app_with, image(number), keep=2), cluster)
    root = app(app_with, image(5), keep=2)
    applied(root, cluster)
    assert len(jobs(cluster)) == 3
    assert "train" not in jobs(cluster)
    assert not planned(root, cluster).plan.has_changes


def test_a_run_that_has_failed_is_run_anew_and_gives_way(app_with: AppWith) -> None:
    cluster = Jobs("Failed")
    root = app(app_with, JOB)
    applied(root, cluster)
    cluster.ending = "Complete"
    found = planned(root, cluster)
    actions = {step.ref.name: step.action for step in found.plan.steps}
    (name,) = [key for key in actions if key.startswith("train-")]
    assert (actions[name], actions["train"]) == (Action.CREATE, Action.DELETE)
    applied(root, cluster)
    assert jobs(cluster) == [name]
    assert not planned(root, cluster).plan.has_changes


def test_a_run_that_is_replaced_while_it_runs_gives_up_its_pods(app_with: AppWith) -> None:
    cluster = FakeCluster()  # its jobs never end
    applied_without_waiting(app(app_with, JOB, needs=ALONE), cluster)
    applied_without_waiting(app(app_with, image(2), needs=ALONE), cluster)
    (name,) = jobs(cluster)
    assert name.startswith("train-")


def test_it_runs_again_without_an_edit_and_stays_that_run(app_with: AppWith) -> None:
    cluster = Jobs()
    root = app(app_with, JOB)
    applied(root, cluster)
    compiled = compile_environment(load(root), "test")
    again = plan_apply(compiled, target(cluster), ApplyOptions(again=frozenset({"train"})))
    (run,) = [step for step in again.plan.steps if step.action is Action.CREATE]
    assert run.ref.name != "train"
    list(carry_out(load(root), again, target(cluster), CompileOptions(), PATIENCE))
    assert jobs(cluster) == ["train", run.ref.name]
    assert not planned(root, cluster).plan.has_changes


def test_training_jobs_are_run_anew_unless_the_app_says_otherwise(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied_without_waiting(app_with(train=TFJOB), cluster)
    root = app_with(train=TFJOB.replace("x:1", "x:2"))
    found = plan_apply(compile_environment(load(root), "test"), target(cluster))
    assert sorted(step.action for step in found.plan.steps) == [Action.CREATE, Action.DELETE]
    file = root / "environments/test.yaml"
    file.write_text(file.read_text().replace("train.yaml}", "train.yaml, onChange: fail}"))
    found = plan_apply(compile_environment(load(root), "test"), target(cluster))
    assert [step.action for step in found.plan.steps] == [Action.UPDATE]


def test_names_of_runs_stay_short_enough(app_with: AppWith) -> None:
    cluster = Jobs()
    long = "n" * 63
    applied(app(app_with, JOB.replace("train}", long + "}")), cluster)
    root = app(app_with, image(2).replace("train}", long + "}"))
    applied(root, cluster)
    assert all(len(name) <= 63 for name in jobs(cluster))
    assert len(jobs(cluster)) == 2


def test_a_release_of_some_components_forgets_no_run_of_the_others(app_with: AppWith) -> None:
    cluster = Jobs()
    applied(app(app_with, JOB), cluster)
    root = app(app_with, image(2))
    applied(root, cluster)
    names = jobs(cluster)
    (root / "components/web.yaml").write_text(config("a").replace("fast", "slow"))
    applied(root, cluster, ["web"])
    assert newest(cluster).components == ("web",)
    assert not planned(root, cluster).plan.has_changes
    assert jobs(cluster) == names


def applied_without_waiting(root: Path, cluster: FakeCluster) -> None:
    found = plan_apply(
        compile_environment(load(root), "test"), target(cluster), ApplyOptions(wait=False)
    )
    list(carry_out(load(root), found, target(cluster), CompileOptions(), PATIENCE))


TIMED = JOB.replace("spec: {template", "spec: {ttlSecondsAfterFinished: 5, template")


def remove(cluster: FakeCluster, name: str) -> None:
    (live,) = cluster.list_objects("batch/v1", "Job", fieldSelector=f"metadata.name={name}")
    ref = ObjectRef("batch", "Job", "test", name)
    cluster.delete(ref, "batch/v1", text_at(live, "metadata", "uid"))


def test_a_run_that_was_complete_and_removed_itself_is_not_run_again(app_with: AppWith) -> None:
    cluster = Jobs()
    root = app(app_with, TIMED)
    applied(root, cluster)
    remove(cluster, "train")
    found = planned(root, cluster)
    assert not found.plan.has_changes
    assert reasons(found)["train"] == "it has removed itself after its time to live; completed"
    (root / "components/web.yaml").write_text(config("a").replace("fast", "slow"))
    applied(root, cluster)  # what waits for it waits for nothing
    assert jobs(cluster) == []
    assert not planned(root, cluster).plan.has_changes  # and the release after knows it, too
    applied(app(app_with, TIMED.replace("x:1", "x:2")), cluster)
    assert len(jobs(cluster)) == 1


def test_a_run_without_a_time_to_live_that_somebody_removed_is_run_again(
    app_with: AppWith,
) -> None:
    cluster = Jobs()
    root = app(app_with, JOB)
    applied(root, cluster)
    remove(cluster, "train")
    assert planned(root, cluster).plan.count(Action.CREATE) == 1


def test_a_run_that_was_never_seen_complete_counts_as_done_for_nobody(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied_without_waiting(app(app_with, TIMED, needs=ALONE), cluster)
    remove(cluster, "train")
    found = planned(app(app_with, TIMED, needs=ALONE), cluster)
    assert reasons(found)["train"].endswith("whether it completed was not seen")
    assert planned(app(app_with, TIMED), cluster).plan.count(Action.CREATE) == 1


def test_a_run_that_failed_and_removed_itself_is_run_again(app_with: AppWith) -> None:
    cluster = Jobs("Failed")
    root = app(app_with, TIMED)
    applied(root, cluster)
    remove(cluster, "train")
    assert planned(root, cluster).plan.count(Action.CREATE) >= 1
