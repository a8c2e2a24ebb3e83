"""What is said of a comparison besides what differs."""

from compiler.cli.report.diff import summary_text
from compiler.executor.remarks import failed_run
from compiler.model.change import RUN_FAILED, Action, Comparison, ObjectChange
from compiler.model.json import JsonObject
from tests.executor.fake_cluster import FakeCluster
from tests.factories import make_manifest

JOB = make_manifest("Job", "train", api_version="batch/v1")
WEB = make_manifest("Deployment", "web", api_version="apps/v1")
FAILED: JsonObject = {"conditions": [{"type": "Failed", "status": "True", "reason": "Backoff"}]}
DONE: JsonObject = {"conditions": [{"type": "Complete", "status": "True"}], "succeeded": 1}


def remarks(action: Action, live: JsonObject) -> Comparison:
    change = ObjectChange(manifest=JOB, action=action, before=live, after=live, live=live)
    findings = failed_run(change, live, FakeCluster(), {})
    return Comparison(changes=(change,), findings=tuple(findings))


def test_a_run_that_has_failed_is_not_as_it_should_be() -> None:
    found = remarks(Action.KEEP, {**JOB.body, "status": FAILED})
    (finding,) = found.findings
    assert finding.rule == RUN_FAILED
    assert "kubectl delete job train -n test" in finding.hint
    assert summary_text(found) == "no changes: 0 objects are as they should be, 1 have failed"


def test_of_other_runs_nothing_is_said() -> None:
    for action, status in ((Action.KEEP, DONE), (Action.KEEP, {}), (Action.UPDATE, FAILED)):
        assert remarks(action, {**JOB.body, "status": status}).findings == ()
    stuck: JsonObject = {"conditions": [{"type": "Progressing", "status": "False"}]}
    live: JsonObject = {**WEB.body, "status": stuck}
    change = ObjectChange(manifest=WEB, action=Action.KEEP, before=live, after=live)
    assert failed_run(change, live, FakeCluster(), {}) == []
