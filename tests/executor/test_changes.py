"""What history says that a release has changed is what it did, on a cluster in memory."""

import pytest

from compiler.errors import AppError
from compiler.executor.port import FORBIDDEN, ApiError
from compiler.executor.releases import Releases
from compiler.formats.options import CompileOptions
from compiler.model.json import JsonObject
from compiler.model.manifest import ObjectRef
from compiler.stages.release import standings
from compiler.stages.release_changes import changes_of, with_left
from compiler.verbs.apply import carry_out, compare
from compiler.verbs.compile import compile_environment
from tests.executor.applying import OWNER, PATIENCE, AppWith, applied, config, planned, target
from tests.executor.fake_cluster import FakeCluster
from tests.factories import load

BOTH = f"{config('a')}---\n{config('b')}"
B = ObjectRef("", "ConfigMap", "test", "b")


def said(cluster: FakeCluster) -> list[str]:
    """Return what each release has changed, the newest first."""
    releases = with_left(Releases(cluster, "test", OWNER).all().releases)
    pairs = zip(standings(releases), releases, strict=True)
    return [changes_of(before, release).summary for before, release in pairs]


def test_what_left_the_app_counts_when_it_is_removed_not_when_it_is_dropped(
    app_with: AppWith,
) -> None:
    cluster = FakeCluster()
    applied(app_with(web=BOTH), cluster)
    root = app_with(web=config("a").replace("fast", "slow"))
    applied(root, cluster, is_wanted=False)
    applied(root, cluster)
    assert said(cluster) == ["1 object", "1 object", "2 objects"]


def test_what_somebody_deleted_before_it_left_the_app_is_no_removal(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=BOTH, worker=config("c")), cluster)
    cluster.vanish(B)
    root = app_with(web=config("a"), worker=config("c"))
    applied(root, cluster, ["web"])
    root = app_with(web=config("a").replace("fast", "slow"), worker=config("c"))
    applied(root, cluster)
    assert said(cluster) == ["1 object", "1 object", "3 objects"]


def test_what_is_put_back_was_changed_though_the_app_says_the_same(app_with: AppWith) -> None:
    cluster = FakeCluster()
    root = app_with(web=BOTH)
    applied(root, cluster)
    cluster.vanish(B)
    applied(root, cluster)
    assert said(cluster) == ["1 object again", "2 objects"]
    root = app_with(web=BOTH.replace("fast", "slow"))
    proposal = planned(root, cluster)
    cluster.refuse("apply", "b", ApiError(FORBIDDEN, {"reason": "Forbidden"}))
    list(carry_out(load(root), proposal, target(cluster), CompileOptions(), PATIENCE))
    applied(root, cluster)
    assert said(cluster)[:2] == ["1 object again", "2 objects"]


def test_a_removal_that_failed_is_made_by_the_next_apply(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=BOTH), cluster)
    cluster.refuse("delete", "b", ApiError(FORBIDDEN, {"reason": "Forbidden"}))
    root = app_with(web=config("a"))
    applied(root, cluster)
    applied(root, cluster)
    assert said(cluster) == ["1 object", "nothing", "2 objects"]


def test_a_diff_says_that_it_was_made_on_an_older_release(app_with: AppWith) -> None:
    cluster = FakeCluster()
    root = app_with(web=config("a"))
    applied(root, cluster)
    labels: JsonObject = {"kuplet.dev/release": "2", "kuplet.dev/release-part": "1"}
    metadata: JsonObject = {"name": "cut", "namespace": "test", "labels": OWNER.labels | labels}
    cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata})
    found = compare(compile_environment(load(root), "test"), target(cluster))
    assert [item.rule for item in found.findings] == ["release-damaged"]


READER = """---
apiVersion: v1
kind: Pod
metadata: {name: reader}
spec:
  containers: [{name: a, image: "a:1", envFrom: [{configMapRef: {name: rules}}]}]
"""
DENIED = ApiError(
    FORBIDDEN,
    {
        "reason": "Forbidden",
        "message": 'admission webhook "example.com" denied the request: no ConfigMap "rules"',
    },
)


def test_what_a_webhook_misses_and_the_same_apply_makes_is_no_refusal(app_with: AppWith) -> None:
    cluster = FakeCluster()
    cluster.refuse("dry-run", "reader", DENIED)
    proposal = planned(app_with(web=config("rules") + READER), cluster)
    assert proposal.comparison.findings == ()
    change = next(c for c in proposal.comparison.changes if c.manifest.ref.kind == "Pod")
    assert change.note == "asks for ConfigMap/rules, which is new to the cluster"
    assert change.is_unchecked


def test_what_a_webhook_misses_though_it_is_there_is_a_refusal(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied(app_with(web=config("rules")), cluster)
    cluster.refuse("dry-run", "reader", DENIED)
    root = app_with(web=config("rules") + READER)
    with pytest.raises(AppError, match='no ConfigMap "rules"'):
        planned(root, cluster)


def test_a_refusal_of_what_refers_to_something_new_stays_one_for_another_reason(
    app_with: AppWith,
) -> None:
    cluster = FakeCluster()
    other = ApiError(FORBIDDEN, {"reason": "Forbidden", "message": "images must be signed"})
    cluster.refuse("dry-run", "reader", other)
    root = app_with(web=config("rules") + READER)
    with pytest.raises(AppError, match="images must be signed"):
        planned(root, cluster)
