"""An amount that is only written in another way is no difference; another one is."""

import pytest

from compiler.executor.spelling import with_live_amounts
from compiler.model.json import JsonObject, JsonValue
from tests.factories import make_manifest

JOB_SET = ("jobset.x-k8s.io/v1alpha2", "JobSet")
QUEUE = ("kueue.x-k8s.io/v1beta2", "ClusterQueue")


def as_sent(kind: tuple[str, str], spec: JsonObject, live: JsonObject) -> JsonValue:
    version, name = kind
    sent = with_live_amounts(make_manifest(name, api_version=version, spec=spec), {"spec": live})
    return sent.body["spec"]


def limits(**amounts: JsonValue) -> JsonObject:
    return {"containers": [{"name": "side"}, {"name": "main", "resources": {"limits": amounts}}]}


@pytest.mark.parametrize(
    ("asked", "live"),
    [(1, "1"), (0.5, "500m"), ("1000m", "1"), ("1024Mi", "1Gi"), ("1e3", "1k"), ("100k", 100000)],
)
def test_an_amount_that_stays_is_written_as_it_is(asked: JsonValue, live: JsonValue) -> None:
    assert as_sent(JOB_SET, limits(cpu=asked), limits(cpu=live)) == limits(cpu=live)


@pytest.mark.parametrize(("asked", "live"), [(2, "1"), ("1G", "1Gi"), ("a", "1"), (True, "1")])
def test_another_amount_is_sent_as_it_is_asked_for(asked: JsonValue, live: JsonValue) -> None:
    sent = as_sent(JOB_SET, limits(cpu=asked, gpu=1), limits(cpu=live))
    assert sent == limits(cpu=asked, gpu=1)


def test_items_are_found_by_name() -> None:
    live: JsonObject = {"containers": [*reversed(limits(cpu="1")["containers"])]}  # type: ignore[arg-type]
    assert as_sent(JOB_SET, limits(cpu=1), live) == limits(cpu="1")


def test_quotas_are_amounts_and_other_numbers_are_not() -> None:
    sent = as_sent(QUEUE, {"nominalQuota": 2, "weight": 2}, {"nominalQuota": "2", "weight": "2"})
    assert sent == {"nominalQuota": "2", "weight": 2}


def test_of_a_kind_that_nobody_knows_every_letter_counts() -> None:
    sent = as_sent(("example.com/v1", "Thing"), {"limits": {"cpu": 1}}, {"limits": {"cpu": "1"}})
    assert sent == {"limits": {"cpu": 1}}
