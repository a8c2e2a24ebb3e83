"""What is asked before the first write, on a cluster in memory: rights, and room in quotas."""

from pathlib import Path

import pytest

from compiler.errors import AppError, ExternalError
from compiler.executor.port import FORBIDDEN, ApiError
from compiler.formats.options import CompileOptions
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.verbs.apply import ApplyOptions, plan_apply, plan_delete
from compiler.verbs.compile import compile_environment, compile_selected
from compiler.verbs.proposal import Proposal
from compiler.verbs.rights import check_run_rights
from tests.executor.applying import AppWith, applied, config, planned, target
from tests.executor.fake_cluster import FakeCluster
from tests.executor.test_runs import TFJOB
from tests.factories import load, make_manifest

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{{name: a, image: "x:1", resources: {resources}}}]}}
"""
JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: train}
spec:
  parallelism: 6
  template:
    spec:
      restartPolicy: Never
      containers: [{name: a, image: "x:1", resources: {limits: {cpu: 1}}}]
"""
CPU = "{requests: {cpu: 1}}"
NO = ApiError(
    FORBIDDEN,
    {"reason": "Forbidden", "message": 'resourcequotas is forbidden: User "ci" cannot list them'},
)


def web(replicas: int = 1, name: str = "web", resources: str = CPU) -> str:
    return WEB.format(name=name, replicas=replicas, resources=resources)


def with_quota(used: JsonObject | None = None, **hard: str) -> FakeCluster:
    cluster = FakeCluster()
    limit(cluster, used, **hard)
    return cluster


def limit(cluster: FakeCluster, used: JsonObject | None = None, **hard: str) -> None:
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "team", "namespace": "test"},
            "spec": {"hard": {key.replace("_", "."): value for key, value in hard.items()}},
            "status": {"used": used or {}},
        }
    )


def found(proposal: Proposal) -> list[Finding]:
    return [item for item in proposal.comparison.findings if item.rule.startswith("quota-")]


def refused(root: Path, cluster: FakeCluster) -> list[Finding]:
    with pytest.raises(AppError) as caught:
        planned(root, cluster)
    return list(caught.value.findings)


def test_more_than_a_quota_ever_gives_is_refused_with_all_who_share_it(app_with: AppWith) -> None:
    root = app_with(web=web(3), db=web(2, "db"))
    cluster = with_quota(requests_cpu="4")
    before = len(cluster.requests)
    (finding,) = refused(root, cluster)
    assert finding.rule == "quota-never"
    assert "what is to stand there asks for requests.cpu 5 of at most 4" in finding.message
    assert finding.object == "Deployment/web"
    assert finding.field == "spec.replicas"
    assert set(finding.notes[:2]) == {"Deployment/web: 3", "Deployment/db: 2"}
    assert len(cluster.requests) == before
    compiled = compile_environment(load(root), "test")
    plan_apply(compiled, target(cluster), ApplyOptions(skip_preflight=True))


def test_what_finds_no_room_now_is_only_warned_of(app_with: AppWith) -> None:
    cluster = with_quota({"requests.cpu": "3"}, requests_cpu="4")
    (finding,) = found(planned(app_with(web=web(2)), cluster))
    assert (finding.rule, finding.is_error) == ("quota-later", False)
    assert "has requests.cpu 1 left of 4, and the plan adds 2" in finding.message


def test_what_is_there_counts_only_with_what_it_grows_by(app_with: AppWith) -> None:
    cluster = with_quota({"requests.cpu": "3"}, requests_cpu="4")
    applied_web(app_with(web=web(3)), cluster)
    assert found(planned(app_with(web=web(4)), cluster)) == []
    (finding,) = refused(app_with(web=web(5)), cluster)
    assert finding.rule == "quota-never"


def test_whoever_asks_for_too_much_already_may_ask_for_less(app_with: AppWith) -> None:
    cluster = FakeCluster()
    applied_web(app_with(web=web(9)), cluster)
    limit(cluster, {"requests.cpu": "4"}, requests_cpu="4")
    assert found(planned(app_with(web=web(8)), cluster)) == []


def applied_web(root: Path, cluster: FakeCluster) -> None:
    """Make the Deployment as an apply does, without waiting for its pods."""
    compiled = compile_environment(load(root), "test")
    for manifest in compiled.manifests:
        cluster.apply(manifest.body)


def test_pods_of_a_job_may_run_in_turn_and_those_of_a_tfjob_may_not(app_with: AppWith) -> None:
    (later,) = found(planned(app_with(train=JOB), with_quota(requests_cpu="4")))
    assert later.rule == "quota-later"
    (never,) = refused(app_with(train=JOB.replace("cpu: 1", "cpu: 5")), with_quota(limits_cpu="4"))
    assert "one of its pods asks for limits.cpu 5 of at most 4" in never.message
    gang = TFJOB.replace("replicas: 1", "replicas: 3")
    (never,) = refused(app_with(train=gang), with_quota(pods="2"))
    assert "it asks for pods 3 of at most 2" in never.message


def test_of_several_sorts_of_pods_the_one_that_asks_for_most_is_named(app_with: AppWith) -> None:
    pod = "template: {spec: {containers: [{name: tensorflow, image: 'x:1'}]}}"
    sorts = f"Chief: {{replicas: 1, {pod}}}, Worker: {{replicas: 4, {pod}}}"
    both = f"{TFJOB.partition('{Worker:')[0]}{{{sorts}}}}}\n"
    (never,) = refused(app_with(train=both), with_quota(pods="2"))
    assert "it asks for pods 5 of at most 2" in never.message
    assert never.field == "spec.tfReplicaSpecs.Worker.replicas"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: train}", "name: train, labels: {kueue.x-k8s.io/queue-name: gpus}}"),
        ("parallelism: 6", "parallelism: 6\n  suspend: true"),
    ],
)
def test_a_job_that_somebody_else_lets_start_is_left_out(
    app_with: AppWith, old: str, new: str
) -> None:
    cluster = with_quota(requests_cpu="0")
    assert found(planned(app_with(train=JOB.replace(old, new)), cluster)) == []


def test_what_limit_ranges_give_is_counted(app_with: AppWith) -> None:
    cluster = with_quota(requests_memory="1Gi")
    default: JsonObject = {"type": "Container", "default": {"memory": "1Gi"}}
    body: JsonObject = {"apiVersion": "v1", "kind": "LimitRange"}
    metadata: JsonObject = {"name": "small", "namespace": "test"}
    cluster.apply({**body, "metadata": metadata, "spec": {"limits": [default]}})
    (finding,) = refused(app_with(web=web(2)), cluster)
    assert "requests.memory 2Gi of at most 1Gi" in finding.message


def test_objects_and_the_storage_of_claims_are_counted(app_with: AppWith) -> None:
    few = FakeCluster()
    hard: JsonObject = {"count/configmaps": "1", "requests.storage": "3Gi"}
    body: JsonObject = {"apiVersion": "v1", "kind": "ResourceQuota", "spec": {"hard": hard}}
    few.apply({**body, "metadata": {"name": "few", "namespace": "test"}})
    claims = web(2, "db").replace("kind: Deployment", "kind: StatefulSet")
    claims += "  volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce],"
    claims += " resources: {requests: {storage: 2Gi}}}}]\n  serviceName: db\n"
    messages = {
        item.message for item in refused(app_with(a=config("a"), b=config("b"), db=claims), few)
    }
    assert any("count/configmaps 2 of at most 1" in item for item in messages)
    assert any("requests.storage 4Gi of at most 3Gi" in item for item in messages)


def test_a_quota_that_the_app_raises_counts_as_it_will_be(app_with: AppWith) -> None:
    cluster = with_quota(requests_cpu="1")
    own = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: team}\n"
    own += 'spec: {hard: {requests.cpu: "4"}}\n'
    root = app_with(web=web(3), quota=own)
    compiled = compile_environment(load(root), "test")
    taken = ApplyOptions(force=True, adopt=True)
    assert found(plan_apply(compiled, target(cluster), taken)) == []


class Counting(FakeCluster):
    """Counts what is listed."""

    def __init__(self) -> None:
        super().__init__()
        self.listed: list[str] = []

    def list_objects(
        self, api_version: str, kind: str, namespace: str = "", **query: str
    ) -> list[JsonObject]:
        self.listed.append(kind)
        return super().list_objects(api_version, kind, namespace, **query)


def test_quotas_are_listed_once_and_only_where_something_is_added(app_with: AppWith) -> None:
    cluster = Counting()
    root = app_with(a=config("a"), b=config("b"))
    applied(root, cluster)
    assert [kind for kind in cluster.listed if kind in {"ResourceQuota", "LimitRange"}] == [
        "ResourceQuota"
    ]
    cluster.listed.clear()
    planned(root, cluster)
    assert "ResourceQuota" not in cluster.listed


def test_whoever_may_not_see_quotas_is_told_and_goes_on(app_with: AppWith) -> None:
    cluster = FakeCluster()
    cluster.refuse("list", "ResourceQuota", NO)
    (finding,) = found(planned(app_with(web=web()), cluster))
    assert finding.rule == "quota-unseen"
    assert "cannot be seen" in finding.message


def test_all_missing_rights_are_named_before_anything_is_written(app_with: AppWith) -> None:
    cluster = FakeCluster()
    cluster.forbid("create", "configmaps")
    cluster.forbid("patch", "leases", "kuplet.demo.test")
    with pytest.raises(ExternalError) as caught:
        planned(app_with(a=config("a")), cluster)
    (finding,) = caught.value.findings
    assert finding.rule == "rights-missing"
    said = "\n".join(finding.notes)
    assert "create configmaps" in said
    assert 'patch leases.coordination.k8s.io "kuplet.demo.test"' in said
    assert cluster.requests == []


def test_rights_that_nothing_fails_without_are_a_note(app_with: AppWith) -> None:
    cluster = FakeCluster()
    cluster.forbid("list", "events")
    rules = {item.rule for item in planned(app_with(a=config("a")), cluster).comparison.findings}
    assert rules == {"rights-unseen"}


def test_a_server_that_does_not_speak_of_rights_is_no_reason_to_stop(app_with: AppWith) -> None:
    cluster = FakeCluster()
    silent = ApiError(404, {"message": "the server could not find the requested resource"})
    cluster.refuse("review", "SelfSubjectAccessReview", silent)
    (finding,) = planned(app_with(a=config("a")), cluster).comparison.findings
    assert (finding.rule, finding.is_error) == ("rights-unchecked", False)
    skipped = ApplyOptions(skip_preflight=True)
    compiled = compile_selected(load(app_with(a=config("a"))), "test", (), CompileOptions())
    assert plan_apply(compiled, target(cluster), skipped).comparison.findings == ()


def test_a_delete_asks_for_its_own_rights_only(app_with: AppWith) -> None:
    cluster = FakeCluster()
    root = app_with(a=config("a"))
    applied(root, cluster)
    cluster.forbid("create", "configmaps")
    compiled = compile_environment(load(root), "test")
    assert plan_delete(compiled, target(cluster)).plan.has_changes
    cluster.forbid("delete", "configmaps", "a")
    with pytest.raises(ExternalError, match="lacks 1 right"):
        plan_delete(compiled, target(cluster))


def test_whoever_may_not_remove_runs_is_told_before(app_with: AppWith) -> None:
    cluster = FakeCluster()
    environment = compile_environment(load(app_with(a=config("a"))), "test").environment
    runs = [make_manifest("Job", "train-1", api_version="batch/v1")]
    assert check_run_rights(environment, runs, cluster) == ()
    cluster.forbid("create", "secrets")  # which no removal needs
    assert check_run_rights(environment, runs, cluster) == ()
    cluster.forbid("delete", "jobs", "train-1")
    with pytest.raises(ExternalError) as caught:
        check_run_rights(environment, runs, cluster)
    assert caught.value.findings[0].notes == ('delete jobs.batch "train-1" in namespace test',)
    silent = ApiError(404, {"message": "not found"})
    cluster.refuse("review", "SelfSubjectAccessReview", silent)
    (finding,) = check_run_rights(environment, runs, cluster)
    assert finding.rule == "rights-unchecked"
