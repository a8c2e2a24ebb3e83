"""What has to go before it can be made anew, on a cluster in memory."""

from pathlib import Path

import pytest

from compiler.errors import AppError
from compiler.executor.port import UNPROCESSABLE, ApiError
from compiler.model.change import Action
from compiler.model.json import JsonObject
from compiler.model.manifest import ObjectRef, text_at
from compiler.verbs.proposal import Proposal
from tests.executor.applying import AppWith, applied, config, planned, reasons
from tests.executor.fake_cluster import FakeCluster
from tests.executor.test_runs import JOB, Jobs, jobs
from tests.factories import make_manifest

CLAIM = (
    "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\n"
    "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n"
)
CAUSES: JsonObject = {"causes": [{"field": "spec.selector", "message": "field is immutable"}]}
IMMUTABLE = ApiError(
    UNPROCESSABLE,
    {"reason": "Invalid", "message": "field is immutable", "details": CAUSES},
)


def app(app_with: AppWith, policy: str, **files: str) -> Path:
    root = app_with(**files)
    file = root / "environments/test.yaml"
    file.write_text(file.read_text().replace(".yaml}", f".yaml, onChange: {policy}}}"))
    return root


def actions(found: Proposal) -> dict[str, Action]:
    return {step.ref.name: step.action for step in found.plan.steps}


def test_a_job_that_has_failed_is_run_again_whatever_the_policy(app_with: AppWith) -> None:
    cluster = Jobs("Failed")
    root = app(app_with, "fail", train=JOB)
    applied(root, cluster)
    found = planned(root, cluster)
    assert reasons(found)["train"].startswith("it has failed")
    assert actions(found)["train"] is Action.REPLACE
    cluster.ending = "Complete"
    applied(app(app_with, "fail", train=JOB.replace("x:1", "x:2")), cluster)  # its own fix
    assert jobs(cluster) == ["train"]
    assert not planned(
        app(app_with, "fail", train=JOB.replace("x:1", "x:2")), cluster
    ).plan.has_changes


def test_a_job_is_made_anew_where_the_app_says_so(app_with: AppWith) -> None:
    cluster = Jobs()
    applied(app(app_with, "replace", train=JOB), cluster)
    found = planned(app(app_with, "replace", train=JOB.replace("x:1", "x:2")), cluster)
    assert actions(found)["train"] is Action.REPLACE
    (step,) = found.plan.steps
    assert [item.path for item in step.fields] == ["spec.template.spec.containers[a].image"]
    applied(app(app_with, "replace", train=JOB.replace("x:1", "x:2")), cluster)
    assert jobs(cluster) == ["train"]


class Sealed(FakeCluster):
    """Nothing that exists can be changed."""

    def apply(self, body: JsonObject, *, dry_run: bool = False, force: bool = False,
              manager: str = "kuplet") -> JsonObject:  # fmt: skip
        made = make_manifest(str(body["kind"]), text_at(body, "metadata", "name"), namespace="test")
        if body["kind"] in {"ConfigMap", "PersistentVolumeClaim"} and self.read(made):
            raise IMMUTABLE
        return super().apply(body, dry_run=dry_run, force=force, manager=manager)


def test_what_the_server_refuses_to_change_is_replaced_where_the_app_says_so(
    app_with: AppWith,
) -> None:
    cluster = Sealed()
    slow = config("a").replace("fast", "slow")
    applied(app(app_with, "replace", web=config("a")), cluster)
    found = planned(app(app_with, "replace", web=slow), cluster)
    assert actions(found)["a"] is Action.REPLACE
    assert reasons(found)["a"] == "spec.selector cannot be changed"
    assert [item.path for item in found.plan.steps[0].fields] == ["data.mode"]
    applied(app(app_with, "replace", web=slow), cluster)
    (live,) = cluster.list_objects("v1", "ConfigMap")
    assert text_at(live, "data", "mode") == "slow"
    with pytest.raises(AppError, match="cannot be changed once the object exists"):
        planned(app(app_with, "fail", web=config("a")), cluster)


def test_what_holds_data_is_never_replaced(app_with: AppWith) -> None:
    cluster = Sealed()
    ref = ObjectRef("", "PersistentVolumeClaim", "test", "data")
    cluster.after("apply", "data", lambda _: cluster.set_status(ref, {"phase": "Bound"}))
    applied(app(app_with, "replace", data=CLAIM), cluster)
    with pytest.raises(AppError, match="cannot be changed once the object exists"):
        planned(app(app_with, "replace", data=CLAIM.replace("1Gi", "2Gi")), cluster)
