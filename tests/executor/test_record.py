"""Applies and deletes are recorded before they begin and when they end, on a cluster in memory."""

import base64
import gzip
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from compiler.errors import ExternalError
from compiler.executor.execute import execute
from compiler.executor.port import FORBIDDEN, ApiError
from compiler.executor.releases import Releases
from compiler.executor.running import Patience
from compiler.model.app import Goal
from compiler.model.change import Action
from compiler.model.dag import Dependency
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.outcome import Failed, Outcome, Written
from compiler.model.owner import Owner
from compiler.model.plan import Plan, Step
from compiler.model.release import RecordedParameter, Release, ReleaseStatus, ReleaseVerb
from compiler.stages.release import release_document
from compiler.verbs.record import recorded
from tests.executor.fake_cluster import FakeCluster
from tests.factories import make_manifest, make_plan

CONFIG = make_manifest()
SPACE = make_manifest("Namespace", "test", namespace="")
DRAFT = Release(
    app="demo",
    environment="test",
    revision=0,
    status=ReleaseStatus.PENDING,
    digest="sha256:1",
    components=(),
    parameters={},
    packages={},
    objects=(),
)
MINE = Owner("demo", "test")
DELETION = replace(DRAFT, verb=ReleaseVerb.DELETE)


def plan(*steps: Step, after: int = 0) -> Plan:
    return make_plan(*steps, after=after, digest="sha256:1")


CREATE = plan(Step(manifest=CONFIG, action=Action.CREATE))
KEEP = plan(Step(manifest=CONFIG, action=Action.KEEP))


def outcomes(*found: Outcome) -> Callable[[Callable[[], None]], Iterator[Outcome]]:
    return lambda _: iter(found)


def releases(cluster: FakeCluster) -> list[Release]:
    return list(Releases(cluster, "test", Owner("demo", "test")).all().releases)


def test_a_release_is_pending_while_it_runs_and_says_how_it_ended() -> None:
    cluster = FakeCluster()
    written = Written(ref=CONFIG.ref, action=Action.CREATE)
    running = recorded(outcomes(written), DRAFT, CREATE, None, cluster)
    assert next(running) == written
    assert [item.status for item in releases(cluster)] == [ReleaseStatus.PENDING]
    assert list(running) == []
    (release,) = releases(cluster)
    assert (release.revision, release.status) == (1, ReleaseStatus.SUCCEEDED)


def test_a_failure_and_an_interruption_are_recorded() -> None:
    cluster = FakeCluster()
    failed = Failed(ref=CONFIG.ref, finding=Finding(rule="object-failed", message="it broke"))
    list(recorded(outcomes(failed), DRAFT, CREATE, None, cluster))
    running = recorded(outcomes(failed, failed), DRAFT, plan(*CREATE.steps, after=1), None, cluster)
    next(running)
    running.close()  # type: ignore[attr-defined]
    ended = [(item.status, item.problem) for item in releases(cluster)]
    assert ended == [(ReleaseStatus.FAILED, "it broke"), (ReleaseStatus.FAILED, "it broke")]


def test_nothing_to_do_is_recorded_once() -> None:
    cluster = FakeCluster()
    list(recorded(outcomes(), DRAFT, KEEP, None, cluster))
    (first,) = releases(cluster)
    list(recorded(outcomes(), DRAFT, plan(*KEEP.steps, after=1), first, cluster))
    other = replace(DRAFT, digest="sha256:2")
    assert len(releases(cluster)) == 1
    list(recorded(outcomes(), other, plan(*KEEP.steps, after=1), first, cluster))
    assert len(releases(cluster)) == 2


def test_a_plan_that_was_made_on_an_older_release_is_not_carried_out() -> None:
    cluster = FakeCluster()
    list(recorded(outcomes(), DRAFT, CREATE, None, cluster))
    began: list[Outcome] = []
    with pytest.raises(ExternalError, match="another apply of this environment has begun"):
        began += recorded(
            outcomes(Written(ref=CONFIG.ref, action=Action.CREATE)), DRAFT, CREATE, None, cluster
        )
    assert began == []


def test_an_apply_writes_nothing_more_once_a_newer_one_has_begun() -> None:
    cluster = FakeCluster()
    slow, late = make_manifest("Job", "slow", api_version="batch/v1"), make_manifest(name="late")
    need = Dependency(dependent=late.ref, needed=slow.ref, until=Goal.READY, reason="a test")
    steps = (
        Step(manifest=slow, action=Action.CREATE, until=Goal.READY),
        Step(manifest=late, action=Action.CREATE, needs=(need,)),
    )

    def newer_begins(_: JsonObject) -> None:
        time.sleep(1.1)  # writes that come quickly are not looked at one by one
        newer = replace(DRAFT, digest="sha256:2")
        Releases(cluster, "test", MINE).begin(newer, 1)
        cluster.set_status(slow.ref, {"conditions": [{"type": "Complete", "status": "True"}]})

    cluster.after("apply", "slow", newer_begins)
    older = plan(*steps)

    def run(may_write: Callable[[], None]) -> Iterator[Outcome]:
        return execute(older, cluster, Patience(first_look_s=0.001), may_write=may_write)

    found = list(recorded(run, DRAFT, older, None, cluster))
    (failed,) = [item for item in found if isinstance(item, Failed)]
    assert (failed.ref.name, failed.finding.rule) == ("late", "release-superseded")
    assert cluster.read(late) is None
    assert [item.status for item in releases(cluster)] == [
        ReleaseStatus.PENDING,
        ReleaseStatus.FAILED,
    ]


def test_a_delete_that_takes_its_records_along_does_not_fail() -> None:
    cluster = FakeCluster()

    def delete(_: Callable[[], None]) -> Iterator[Outcome]:
        for secret in cluster.list_objects("v1", "Secret", "test"):
            cluster.vanish(make_manifest("Secret", secret["metadata"]["name"]).ref)  # type: ignore[index, call-overload, arg-type]
        cluster.vanish(SPACE.ref)
        yield Written(ref=SPACE.ref, action=Action.KEEP)

    going = plan(Step(manifest=SPACE, action=Action.DELETE))
    assert len(list(recorded(delete, DELETION, going, None, cluster))) == 1
    assert releases(cluster) == []


def test_where_there_is_no_place_for_records_a_delete_goes_on_without() -> None:
    cluster = FakeCluster()
    cluster.vanish(SPACE.ref)
    going = plan(
        Step(manifest=make_manifest("ClusterRole", "r", namespace=""), action=Action.DELETE)
    )
    list(recorded(outcomes(), DELETION, going, None, cluster))
    assert cluster.requests == []


def packed(document: object) -> bytes:
    return gzip.compress(json.dumps(document).encode())


DOCUMENT = release_document(replace(DRAFT, revision=2, objects=(CONFIG.body,)))
WHOLE = packed(DOCUMENT)


def with_object(**metadata: object) -> bytes:
    """Return a record of one object, with other metadata than it could have."""
    body = {**CONFIG.body, "metadata": {"name": "config", "namespace": "test", **metadata}}
    return packed({**DOCUMENT, "objects": [body]})


DAMAGED: dict[str, tuple[dict[str, str], bytes]] = {
    "no gzip": ({}, b"not gzip"),
    "cut": ({}, WHOLE[: len(WHOLE) // 2]),
    "no data": ({}, b""),
    "no json": ({}, gzip.compress(b"{")),
    "no text": ({}, gzip.compress(b"\xff")),
    "empty": ({}, packed({})),
    "a list": ({}, packed([])),
    "deep": ({}, gzip.compress(b"[" * 100_000)),
    "another verb": ({}, packed({**DOCUMENT, "verb": "dance"})),
    "a kind only": ({}, packed({"kind": "Release", "revision": 2})),
    "no objects": ({}, packed({**DOCUMENT, "objects": 5})),
    "odd objects": ({}, packed({**DOCUMENT, "objects": ["x"]})),
    "an object without name": ({}, packed({**DOCUMENT, "objects": [{"kind": "ConfigMap"}]})),
    "a name that is a path": ({}, with_object(name="../../../version")),
    "a name of two lines": ({}, with_object(name="a\nb")),
    "a namespace that is a path": ({}, with_object(namespace="a/b")),
    "a namespace that is a number": ({}, with_object(namespace=5)),
    "labels that are a list": ({}, with_object(labels=[1])),
    "a label that is a number": ({}, with_object(labels={"kuplet.dev/component": 5})),
    "a version that is a path": (
        {},
        packed({**DOCUMENT, "besides": [{**CONFIG.body, "apiVersion": "../../api/v1"}]}),
    ),
    "a kind that is a path": (
        {},
        packed({**DOCUMENT, "objects": [{**CONFIG.body, "kind": "a/b"}]}),
    ),
    "odd components": ({}, packed({**DOCUMENT, "components": [{}]})),
    "odd needs": ({}, packed({**DOCUMENT, "needs": {"a": [{"component": "b", "until": "x"}]}})),
    "odd actions": ({}, packed({**DOCUMENT, "actions": {"ConfigMap/config": "dance"}})),
    "a user of two lines": ({}, packed({**DOCUMENT, "user": "joe\n::error::"})),
    "odd parameters": ({}, packed({**DOCUMENT, "parameters": {"web": 5}})),
    "a parameter without value": ({}, packed({**DOCUMENT, "parameters": {"web": {"x": 5}}})),
    "no packages": ({}, packed({**DOCUMENT, "packages": None})),
    "odd promotion": ({}, packed({**DOCUMENT, "promoted": 5})),
    "only part 2": ({"kuplet.dev/release-part": "2"}, WHOLE),
    "odd part": ({"kuplet.dev/release-part": "one"}, WHOLE),
    "odd number": ({"kuplet.dev/release": "two"}, WHOLE),
    "huge number": ({"kuplet.dev/release": "9" * 60}, WHOLE),
    "negative number": ({"kuplet.dev/release": "-2"}, WHOLE),
}


@pytest.mark.parametrize("how", DAMAGED)
def test_a_damaged_record_is_named_and_passed_over(how: str) -> None:
    cluster = FakeCluster()
    list(recorded(outcomes(), DRAFT, CREATE, None, cluster))
    labels, content = DAMAGED[how]
    record: JsonObject = {
        **Owner("demo", "test").labels,
        "kuplet.dev/release": "2",
        "kuplet.dev/release-part": "1",
        **labels,
    }
    name = "kuplet.release.demo.test.v2.1"
    metadata: JsonObject = {"name": name, "namespace": "test", "labels": record}
    data: JsonObject = {"release": base64.b64encode(content).decode()}
    cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data})

    place = Releases(cluster, "test", Owner("demo", "test"))
    for records in (place.all(), place.newest()):
        assert [item.revision for item in records.releases] == [1]
        (finding,) = records.damaged
        assert (finding.rule, name in finding.message) == ("release-damaged", True)
    last = place.newest().last
    assert last == 2
    list(recorded(outcomes(), DRAFT, plan(*CREATE.steps, after=last), None, cluster))
    assert [item.revision for item in releases(cluster)] == [3, 1]


@pytest.mark.parametrize(
    ("label", "number"), [("3", 7), ("7", 3), ("999999999", 999999999), ("x", 7)]
)
def test_a_number_that_is_taken_anyhow_blocks_nobody(label: str, number: int) -> None:
    cluster = FakeCluster()
    list(recorded(outcomes(), DRAFT, CREATE, None, cluster))
    place = Releases(cluster, "test", MINE)
    labels: JsonObject = {"kuplet.dev/release": label, "kuplet.dev/release-part": "1"}
    metadata: JsonObject = {
        "name": f"kuplet.release.demo.test.v{number}.1",
        "namespace": "test",
        "labels": {**MINE.labels, **labels},
    }
    data: JsonObject = {"release": base64.b64encode(WHOLE).decode()}
    cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data})
    taken = max(number, int(label) if label.isdecimal() else 0)
    for following in (taken + 1, taken + 2):
        last = place.newest().last
        assert (last, place.all().last, place.newest_revision()) == (following - 1,) * 3
        list(recorded(outcomes(), DRAFT, plan(*CREATE.steps, after=last), None, cluster))
        newest = place.newest().newest
        assert newest
        assert newest.revision == following


def test_half_a_record_blocks_nobody() -> None:
    random = RecordedParameter(value=os.urandom(2**20).hex(), source="")
    large = replace(DRAFT, parameters={"web": {"x": random}})
    cluster = FakeCluster()
    refusal = ApiError(403, {"message": "quota"})
    cluster.refuse("create", "kuplet.release.demo.test.v1.2", refusal)
    with pytest.raises(ExternalError, match="quota"):
        list(recorded(outcomes(), large, CREATE, None, cluster))
    records = Releases(cluster, "test", Owner("demo", "test")).newest()
    assert (records.newest, records.last, len(records.damaged)) == (None, 1, 1)
    list(recorded(outcomes(), large, plan(*CREATE.steps, after=1), None, cluster))
    assert [item.revision for item in releases(cluster)] == [2]


def test_the_oldest_records_are_forgotten_but_not_what_partial_ones_build_on() -> None:
    cluster = FakeCluster()
    for number, components in enumerate([(), (), ("web",), (), ("web",), ("web",)]):
        draft = replace(DRAFT, digest=f"sha256:{number}", components=components)
        list(recorded(outcomes(), draft, plan(*CREATE.steps, after=number), None, cluster))
    assert [item.revision for item in releases(cluster)] == [6, 5, 4, 3, 2, 1]
    more = replace(DRAFT, digest="sha256:6", components=("web",))
    keeping = replace(plan(*CREATE.steps, after=6), keep=2)
    list(recorded(outcomes(), more, keeping, None, cluster))
    assert [item.revision for item in releases(cluster)] == [7, 6, 5, 4]


def test_who_may_not_remove_records_keeps_them() -> None:
    cluster = FakeCluster()
    list(recorded(outcomes(), DRAFT, CREATE, None, cluster))
    no = ApiError(FORBIDDEN, {"reason": "Forbidden", "message": "no"})
    cluster.refuse("delete", "kuplet.release.demo.test.v1.1", no)
    again = replace(plan(*CREATE.steps, after=1), keep=1)
    list(recorded(outcomes(), replace(DRAFT, digest="sha256:2"), again, None, cluster))
    assert [item.status for item in releases(cluster)] == 2 * [ReleaseStatus.SUCCEEDED]
