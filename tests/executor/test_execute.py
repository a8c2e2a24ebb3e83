"""The loop that carries out a plan, in the cases that no real server can be brought to at will."""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from compiler.errors import ExternalError
from compiler.executor.execute import execute
from compiler.executor.port import FORBIDDEN, ApiError
from compiler.executor.running import DEEDS, Patience
from compiler.model.app import Goal
from compiler.model.change import Action
from compiler.model.dag import Dependency
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, mapping_at, text_at
from compiler.model.outcome import Deleted, Failed, NotTried, Outcome, Reached, Waiting, Written
from compiler.model.plan import Plan, Seen, Step, TargetIdentity
from compiler.model.readiness import Readiness
from tests.executor.applying import AppWith, planned
from tests.executor.applying import config as app_config
from tests.executor.fake_cluster import FakeCluster
from tests.factories import make_manifest, make_plan

FAST = Patience(ready_s=5, completion_s=5, deletion_s=5, first_look_s=0.001)
FORBIDDEN_ANSWER = ApiError(
    FORBIDDEN, {"reason": "Forbidden", "message": 'User "joe" cannot patch resource'}
)
GONE_CLUSTER = ExternalError(Finding(rule="cluster-unreachable", message="no answer"))
BROKEN: JsonObject = {"conditions": [{"type": "Failed", "status": "True", "message": "exit 1"}]}
DONE: JsonObject = {"conditions": [{"type": "Complete", "status": "True"}]}


def job(name: str) -> Manifest:
    return make_manifest("Job", name, api_version="batch/v1", spec={})


def config(name: str) -> Manifest:
    return make_manifest("ConfigMap", name, data={"key": "value"})


def step(
    manifest: Manifest,
    action: Action = Action.CREATE,
    until: Goal = Goal.READY,
    needs: Sequence[tuple[Manifest, Goal]] = (),
    seen: Seen | None = None,
) -> Step:
    return Step(
        manifest=manifest,
        action=action,
        until=until,
        seen=seen,
        needs=tuple(
            Dependency(dependent=manifest.ref, needed=needed.ref, until=goal, reason="a test")
            for needed, goal in needs
        ),
    )


def removal(cluster: FakeCluster, manifest: Manifest, **more: object) -> Step:
    """Apply an object and return the step that deletes it."""
    live = cluster.apply(manifest.body)
    return step(manifest, Action.DELETE, Goal.GONE, seen=seen_in(live), **more)  # type: ignore[arg-type]


def seen_in(live: JsonObject) -> Seen:
    metadata = live["metadata"]
    return Seen(uid=text_at(metadata, "uid"), resource_version=text_at(metadata, "resourceVersion"))


def event(reason: str, live: JsonObject) -> JsonObject:
    """Return what a controller says of an object."""
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "said", "namespace": text_at(live, "metadata", "namespace")},
        "involvedObject": {"uid": text_at(live, "metadata", "uid")},
        "reason": reason,
        "type": "Normal",
    }


def plan_of(*steps: Step) -> Plan:
    return make_plan(*steps, destination="a fake")


def run(cluster: FakeCluster, *steps: Step, patience: Patience = FAST) -> list[Outcome]:
    return list(execute(plan_of(*steps), cluster, patience))


def failures(outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    return [(item.ref.name, item.finding.rule) for item in outcomes if isinstance(item, Failed)]


def names(outcomes: Sequence[Outcome], kind: type) -> list[str]:
    return [item.ref.name for item in outcomes if isinstance(item, kind)]


def test_every_action_has_its_deeds() -> None:
    assert DEEDS.keys() == set(Action)


def test_a_dependent_is_written_when_what_it_needs_has_completed() -> None:
    cluster = FakeCluster()
    train, serve = job("train"), config("serve")
    done = threading.Timer(0.02, cluster.set_status, (train.ref, DONE))
    cluster.after("apply", "train", lambda _: done.start())
    outcomes = run(
        cluster,
        step(train, until=Goal.COMPLETED),
        step(serve, needs=[(train, Goal.COMPLETED)]),
    )
    assert cluster.requests == ["apply Job/train", "apply ConfigMap/serve"]
    assert names(outcomes, Reached) == ["train", "serve"]
    assert names(outcomes, Waiting) == ["train"]


def test_two_failures_at_once_are_both_reported_and_nothing_new_is_started() -> None:
    cluster = FakeCluster()
    first, second, third = config("first"), config("second"), config("third")
    for each in (first, second):
        cluster.refuse("apply", each.ref.name, FORBIDDEN_ANSWER)
    outcomes = run(
        cluster,
        step(first),
        step(second),
        step(third, needs=[(first, Goal.PRESENT), (second, Goal.PRESENT)]),
    )
    assert sorted(failures(outcomes)) == [
        ("first", "cluster-forbidden"),
        ("second", "cluster-forbidden"),
    ]
    assert names(outcomes, NotTried) == ["third"]
    assert "apply ConfigMap/third" not in cluster.requests


def test_what_runs_is_finished_when_something_else_takes_too_long() -> None:
    cluster = FakeCluster()
    slow, other, late = job("slow"), config("other"), config("late")
    blocked = config("blocked")
    cluster.after("apply", "other", lambda _: time.sleep(0.1))
    outcomes = run(
        cluster,
        step(slow),
        step(other),
        step(late, needs=[(other, Goal.PRESENT)]),
        step(blocked, needs=[(slow, Goal.READY)]),
        patience=Patience(ready_s=0.02, first_look_s=0.001),
    )
    assert failures(outcomes) == [("slow", "object-timeout")]
    assert names(outcomes, Written) == ["slow", "other", "late"]
    assert names(outcomes, NotTried) == ["blocked"]


def test_without_a_server_nothing_more_is_tried() -> None:
    cluster = FakeCluster()
    gone = ExternalError(Finding(rule="cluster-unreachable", message="no answer"))
    first, second, other = config("first"), config("second"), config("other")
    cluster.refuse("apply", "first", gone)
    outcomes = run(cluster, step(first), step(second, needs=[(other, Goal.PRESENT)]), step(other))
    assert failures(outcomes) == [("first", "cluster-unreachable")]
    assert names(outcomes, NotTried) == ["second"]


def test_a_job_that_fails_says_why_and_who_waits_for_it() -> None:
    cluster = FakeCluster()
    train, serve = job("train"), config("serve")
    cluster.after("apply", "train", lambda _: cluster.set_status(train.ref, BROKEN))
    outcomes = run(cluster, step(train), step(serve, needs=[(train, Goal.COMPLETED)]))
    (failed,) = (item for item in outcomes if isinstance(item, Failed))
    assert failed.finding.rule == "object-failed"
    assert "waiting for it: ConfigMap/serve" in failed.finding.notes


def test_a_cluster_that_is_lost_while_waiting_fails_the_object() -> None:
    cluster = FakeCluster()
    train = job("train")
    cluster.after("apply", "train", lambda _: cluster.refuse("read", "train", GONE_CLUSTER))
    assert failures(run(cluster, step(train))) == [("train", "cluster-unreachable")]


@pytest.mark.parametrize("kind", ["Job", "Deployment", "Widget"])
def test_what_vanishes_while_it_is_waited_for_is_a_failure(kind: str) -> None:
    cluster = FakeCluster()
    made = make_manifest(kind, "web", api_version="example.com/v1", spec={"replicas": 1})
    cluster.after("apply", "web", lambda _: cluster.vanish(made.ref))
    dependent = config("after")
    outcomes = run(cluster, step(made), step(dependent, needs=[(made, Goal.READY)]))
    assert failures(outcomes) == [("web", "object-gone")]
    assert cluster.requests == [f"apply {made.ref}"]


@pytest.mark.parametrize("has_event", [True, False])
def test_a_finished_job_with_a_time_to_live_may_vanish_if_it_succeeded(*, has_event: bool) -> None:
    cluster = FakeCluster()
    made = make_manifest(
        "Job", "train", api_version="batch/v1", spec={"ttlSecondsAfterFinished": 0}
    )

    def end(live: JsonObject) -> None:
        if has_event:
            cluster.apply(event("Completed", live))
        cluster.vanish(made.ref)

    cluster.after("apply", "train", end)
    outcomes = run(cluster, step(made, until=Goal.COMPLETED))
    if has_event:
        assert isinstance(outcomes[-1], Reached)
        assert outcomes[-1].goal is Goal.COMPLETED
    else:
        assert failures(outcomes) == [("train", "object-gone")]


def test_a_job_without_a_time_to_live_does_not_vanish_by_itself() -> None:
    cluster = FakeCluster()
    made = job("train")

    def end(live: JsonObject) -> None:
        cluster.apply(event("Completed", live))
        cluster.vanish(made.ref)

    cluster.after("apply", "train", end)
    outcomes = run(cluster, step(made, until=Goal.COMPLETED))
    assert failures(outcomes) == [("train", "object-gone")]


def test_another_object_of_the_same_name_is_not_the_one_that_was_written() -> None:
    cluster = FakeCluster()
    made = job("train")

    def replace_it(_: JsonObject) -> None:
        cluster.vanish(made.ref)
        cluster.create(made.body)
        cluster.set_status(made.ref, DONE)

    cluster.after("apply", "train", replace_it)
    outcomes = run(cluster, step(made, until=Goal.COMPLETED))
    assert failures(outcomes) == [("train", "object-replaced")]


def test_what_is_kept_is_waited_for_and_not_written() -> None:
    cluster = FakeCluster()
    train = job("train")
    cluster.apply(train.body)
    cluster.set_status(train.ref, DONE)
    cluster.requests.clear()
    outcomes = run(cluster, step(train, Action.KEEP))
    assert cluster.requests == []
    assert [item.goal for item in outcomes if isinstance(item, Reached)] == [Goal.COMPLETED]


def test_what_nobody_reports_is_ready_after_a_while_but_never_completed() -> None:
    cluster = FakeCluster()
    widget = make_manifest("Widget", "w", api_version="example.com/v1")
    patience = Patience(ready_s=0.05, first_look_s=0.001)
    outcomes = run(cluster, step(widget, until=Goal.COMPLETED), patience=patience)
    assert failures(outcomes) == [("w", "object-timeout")]


@pytest.mark.parametrize(
    ("waited_s", "has_failed", "goal"),
    [(29, False, Goal.PRESENT), (30, False, Goal.READY), (30, True, Goal.PRESENT)],
)
def test_patience_makes_ready_and_no_more(waited_s: float, has_failed: bool, goal: Goal) -> None:
    state = Readiness(reached=Goal.PRESENT, has_failed=has_failed, patience_s=30)
    assert state.after(waited_s) is goal


def test_what_needs_others_goes_before_them() -> None:
    cluster = FakeCluster()
    space, inside = make_manifest("Namespace", "room", namespace=""), config("inside")
    steps = [
        removal(cluster, inside),
        removal(cluster, space, needs=[(inside, Goal.GONE)]),
    ]
    cluster.requests.clear()
    outcomes = run(cluster, *steps)
    assert cluster.requests == ["delete ConfigMap/inside", "delete Namespace/room"]
    assert names(outcomes, Deleted) == ["inside", "room"]


def test_what_does_not_go_is_named_with_its_finalizers() -> None:
    cluster = FakeCluster()
    held = config("held")
    metadata: JsonObject = {"name": "held", "namespace": "test", "finalizers": ["example.com/x"]}
    live = cluster.apply({**held.body, "metadata": metadata})
    going = step(held, Action.DELETE, Goal.GONE, seen=seen_in(live))
    space = make_manifest("Namespace", "room", namespace="")
    outcomes = run(
        cluster,
        going,
        removal(cluster, space, needs=[(held, Goal.GONE)]),
        patience=Patience(deletion_s=0.02, first_look_s=0.001),
    )
    (failed,) = (item for item in outcomes if isinstance(item, Failed))
    assert failed.finding.rule == "delete-timeout"
    assert failed.finding.notes == ("finalizers: example.com/x",)
    assert names(outcomes, NotTried) == ["room"]


def test_an_object_that_came_back_as_another_one_is_not_deleted() -> None:
    cluster = FakeCluster()
    going = removal(cluster, config("again"))
    cluster.vanish(going.ref)
    cluster.apply(going.manifest.body)
    outcomes = run(cluster, going)
    assert failures(outcomes) == [("again", "object-replaced")]
    assert cluster.read(going.manifest) is not None


def again(cluster: FakeCluster, going: Step) -> None:
    cluster.apply(going.manifest.body)


def test_an_object_that_comes_back_while_it_goes_is_a_failure() -> None:
    cluster = FakeCluster()
    going = removal(cluster, config("again"))
    cluster.after("delete", "again", lambda _: again(cluster, going))
    assert failures(run(cluster, going)) == [("again", "object-replaced")]


def test_what_is_gone_already_is_deleted() -> None:
    cluster = FakeCluster()
    going = removal(cluster, config("gone"))
    cluster.vanish(going.ref)
    assert names(run(cluster, going), Deleted) == ["gone"]


def test_replacing_deletes_waits_and_makes_anew() -> None:
    cluster = FakeCluster()
    old = config("thing")
    live = cluster.apply(old.body)
    cluster.requests.clear()
    new = make_manifest("ConfigMap", "thing", data={"key": "other"})
    outcomes = run(cluster, step(new, Action.REPLACE, seen=seen_in(live)))
    assert cluster.requests == ["delete ConfigMap/thing", "apply ConfigMap/thing"]
    assert names(outcomes, Reached) == ["thing"]
    made = cluster.read(new)
    assert made is not None
    assert made["data"] == {"key": "other"}
    assert seen_in(made).uid != seen_in(live).uid


def test_a_conflict_of_a_write_is_no_object_that_came_back() -> None:
    cluster = FakeCluster()
    theirs = make_manifest("ConfigMap", "c", data={"key": "theirs"})
    cluster.apply(theirs.body, manager="x")
    assert failures(run(cluster, step(config("c"), Action.UPDATE))) == [("c", "field-conflict")]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (TargetIdentity(server="https://other", ca="", namespace="test"), "made for https://other"),
        (TargetIdentity(server="https://fake", ca="sha256:1", namespace="test"), "authority"),
    ],
)
def test_a_plan_for_another_cluster_is_refused(target: TargetIdentity, message: str) -> None:
    cluster = FakeCluster()
    plan = make_plan(step(config("c")), target=target)
    with pytest.raises(ExternalError, match=message):
        list(execute(plan, cluster, FAST))
    assert cluster.requests == []


WAITING_POD: JsonObject = {
    "conditions": [
        {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": "0/3 nodes are available",
        }
    ]
}


def test_why_pods_wait_is_said_early_and_once() -> None:
    cluster = FakeCluster()
    web = make_manifest("Deployment", "web", api_version="apps/v1", spec=SELECTING)
    for name in ("a", "b", "c"):
        pod = make_manifest("Pod", name)
        metadata: JsonObject = {"name": name, "namespace": "test", "labels": {"app": "web"}}
        cluster.apply({**pod.body, "metadata": metadata})
        cluster.set_status(pod.ref, WAITING_POD)
    patience = Patience(ready_s=2.0, first_look_s=0.01)
    outcomes = run(cluster, step(web), patience=patience)
    said = [item.message for item in outcomes if isinstance(item, Waiting)]
    assert sum("pod a and 2 more: Unschedulable: 0/3 nodes" in words for words in said) == 1
    (failed,) = [item.finding for item in outcomes if isinstance(item, Failed)]
    assert sum("0/3 nodes are available" in note for note in failed.notes) == 1


def stuck_pod(container: JsonObject, born: str = "2026-06-01T00:00:00Z") -> FakeCluster:
    """Return a cluster with a pod of the Deployment web, which was last changed in May."""
    cluster = FakeCluster()
    metadata: JsonObject = {
        "name": "a",
        "namespace": "test",
        "labels": {"app": "web"},
        "creationTimestamp": born,
    }
    status: JsonObject = {"containerStatuses": [{"name": "c", **container}]}
    pod = make_manifest("Pod", "a")
    cluster.apply({**pod.body, "metadata": metadata})
    cluster.set_status(pod.ref, status)
    changed: JsonObject = {"manager": "kuplet", "time": "2026-05-01T00:00:00Z"}
    cluster.after(
        "apply", "web", lambda live: mapping_at(live, "metadata").update(managedFields=[changed])
    )
    return cluster


def waits(reason: str, message: str = "", **more: JsonValue) -> JsonObject:
    return {"state": {"waiting": {"reason": reason, "message": message}}, **more}


WEB = make_manifest(
    "Deployment",
    "web",
    api_version="apps/v1",
    spec={"replicas": 3, "selector": {"matchLabels": {"app": "web"}}},
)
NO_IMAGE = waits("ImagePullBackOff", 'Back-off pulling image "x": x:9: not found')
STUCK = [
    waits("InvalidImageName"),
    NO_IMAGE,
    waits("CreateContainerConfigError", "couldn't find key password in Secret test/db"),
    waits("CrashLoopBackOff", restartCount=5),
]
MAY_RUN_YET = [
    waits("ImagePullBackOff", "dial tcp: i/o timeout"),
    waits("CreateContainerConfigError", 'secret "db" not found'),
    waits("CrashLoopBackOff", restartCount=4),
]


def given_up_for(cluster: FakeCluster, *steps: Step, patient: frozenset[str] = frozenset()) -> str:
    patience = Patience(ready_s=1.5, first_look_s=0.01)
    plan = replace(make_plan(*steps), patient=patient)
    outcomes = [*execute(plan, cluster, patience)]
    (failed,) = [item.finding for item in outcomes if isinstance(item, Failed)]
    return failed.rule


@pytest.mark.parametrize("container", STUCK)
def test_what_will_never_run_is_given_up_at_once(container: JsonObject) -> None:
    assert given_up_for(stuck_pod(container), step(WEB)) == "object-stuck"


@pytest.mark.parametrize("container", MAY_RUN_YET)
def test_what_may_run_yet_is_waited_for(container: JsonObject) -> None:
    assert given_up_for(stuck_pod(container), step(WEB)) == "object-timeout"


def test_pods_of_before_and_patient_components_are_waited_for() -> None:
    old = stuck_pod(NO_IMAGE, born="2026-04-01T00:00:00Z")
    assert given_up_for(old, step(WEB)) == "object-timeout"
    patient = frozenset({WEB.origin.component})
    assert given_up_for(stuck_pod(NO_IMAGE), step(WEB), patient=patient) == "object-timeout"


def test_states_that_come_again_and_again_are_said_once() -> None:
    cluster = FakeCluster()
    web = make_manifest("Deployment", "web", api_version="apps/v1", spec={"replicas": 2})
    states: list[JsonObject] = [{}, {"updatedReplicas": 2}] * 20

    def turn(_: JsonObject) -> None:
        if states:
            cluster.set_status(web.ref, states.pop())
            cluster.after("read", "web", turn)

    cluster.after("apply", "web", turn)
    patience = Patience(ready_s=0.5, first_look_s=0.001)
    outcomes = run(cluster, step(web), patience=patience)
    said = [item.message for item in outcomes if isinstance(item, Waiting)]
    assert len(said) == len(set(said)) == 2


SELECTING: JsonObject = {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}}


def test_a_failed_run_says_how_to_run_again() -> None:
    cluster = FakeCluster()
    made = job("train")
    cluster.after("apply", "train", lambda _: cluster.set_status(made.ref, BROKEN))
    (failed,) = [item.finding for item in run(cluster, step(made)) if isinstance(item, Failed)]
    assert failed.hint == "mend the cause, then apply: a run that has failed starts anew"


def test_what_nobody_ever_reports_is_not_waited_for_again() -> None:
    cluster = FakeCluster()
    made = make_manifest("Widget", "w", api_version="example.com/v1")
    live = cluster.apply(made.body)
    old: JsonObject = {"manager": "kuplet", "time": "2020-01-01T00:00:00Z"}
    metadata: JsonObject = {**mapping_at(live, "metadata"), "managedFields": [old]}
    keep = step(made, Action.KEEP)
    plan = make_plan(keep)
    known = {made.ref: {**live, "metadata": metadata}}
    assert isinstance([*execute(plan, cluster, FAST, known)][-1], Reached)


def test_who_is_patient_is_said_in_the_environments_file(app_with: AppWith) -> None:
    root = app_with(web=app_config("a"), data=app_config("b"))
    file = root / "environments/test.yaml"
    file.write_text(file.read_text().replace("web.yaml}", "web.yaml, onStuck: wait}"))
    assert planned(root, FakeCluster()).plan.patient == {"web"}
