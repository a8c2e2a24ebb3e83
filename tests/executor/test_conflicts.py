"""Who wins where others own what the app sets: rules, autoscalers, and what happens in between."""

from pathlib import Path
from typing import Any

import pytest

from compiler.errors import AppError
from compiler.executor.autoscaling import left_to_scaler, scalers_of
from compiler.executor.conflicts import ContestedError, Stance, foreseen, path_of, send, without
from compiler.executor.port import ApiError
from compiler.executor.shared_fields import Request
from compiler.formats.options import CompileOptions
from compiler.model.conflict import ConflictPolicy, ConflictRule
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, mapping_at
from compiler.model.outcome import Failed
from compiler.verbs.adopt import plan_write_back, write_back
from compiler.verbs.apply import ApplyOptions, carry_out, plan_apply
from compiler.verbs.causes import Causes
from compiler.verbs.compile import compile_environment
from compiler.verbs.proposal import Proposal
from tests.executor.applying import PATIENCE, AppWith, applied, target
from tests.executor.fake_cluster import FakeCluster
from tests.factories import SPAN, load, make_manifest

TAKE, LEAVE, FAIL = ConflictPolicy.TAKE, ConflictPolicy.LEAVE, ConflictPolicy.FAIL
OURS: JsonObject = {"mode": "fast", "size": "1"}
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {mode: fast, size: '1'}\n"


def config(**data: Any) -> Manifest:
    return make_manifest("ConfigMap", "a", data=data)


def rule(policy: ConflictPolicy, **criteria: str) -> ConflictRule:
    return ConflictRule(policy=policy, span=SPAN, **criteria)


def edited(cluster: FakeCluster, manager: str = "kubectl-edit", **data: Any) -> None:
    cluster.apply(config(**data).body, manager=manager, force=True)


def contested() -> FakeCluster:
    cluster = FakeCluster()
    cluster.apply(config(**OURS).body)
    edited(cluster, mode="slow")
    edited(cluster, "scaler", size="7")
    return cluster


def data_of(cluster: FakeCluster) -> JsonObject:
    return mapping_at(cluster.read(config()), "data")


def sent(cluster: FakeCluster, *rules: ConflictRule, force: bool = False) -> list[tuple[str, str]]:
    stance = Stance(rules=rules, force=force)
    done = send(cluster, config(**OURS), Request(config(**OURS).body), stance)
    return [(item.path, item.policy.value) for item in done.conflicts]


def test_what_no_rule_decides_is_refused_with_every_field_and_nothing_is_written() -> None:
    cluster = contested()
    with pytest.raises(ContestedError) as caught:
        sent(cluster, rule(TAKE, path="data.size"))
    assert [item.rule for item in caught.value.findings] == ["field-conflict"]
    assert {item.path: item.policy for item in caught.value.conflicts} == {
        "data.mode": FAIL,
        "data.size": TAKE,
    }
    assert data_of(cluster) == {"mode": "slow", "size": "7"}


@pytest.mark.parametrize("force", [False, True])
def test_one_field_is_taken_and_another_left_in_one_write(*, force: bool) -> None:
    cluster = contested()
    found = sent(cluster, rule(LEAVE, manager="scal*"), rule(TAKE, path="data"), force=force)
    assert sorted(found) == [("data.mode", "take"), ("data.size", "leave")]
    assert data_of(cluster) == {"mode": "fast", "size": "7"}
    assert sent(cluster, rule(LEAVE, manager="scal*"), force=force) == [("data.size", "leave")]


def test_force_takes_what_no_rule_is_about() -> None:
    cluster = contested()
    found = sent(cluster, rule(LEAVE, path="data.size"), force=True)
    assert sorted(found) == [("data.mode", "take"), ("data.size", "leave")]


def test_what_somebody_changes_while_we_take_is_judged_anew() -> None:
    cluster = contested()
    reads: list[str] = []

    def edit(_: JsonObject) -> None:
        reads.append("read")
        if len(reads) == 1:
            edited(cluster, "thief", other="x", size="9")

    cluster.after("read", "a", edit)
    with pytest.raises(ContestedError) as caught:
        sent(cluster, rule(TAKE, manager="kubectl-edit"), rule(TAKE, manager="scaler"))
    cluster.after("read", "a", lambda _: None)
    assert [owner.manager for item in caught.value.conflicts for owner in item.owners][
        -1
    ] == "thief"
    assert data_of(cluster)["size"] == "9"


def test_a_refusal_that_is_no_conflict_stays_what_it_is() -> None:
    cluster = contested()
    cluster.refuse("read", "a", ApiError(403, {"message": "no"}))
    with pytest.raises(ApiError):
        sent(cluster)


POD: JsonObject = {
    "apiVersion": "apps/v1",
    "spec": {
        "template": {
            "spec": {"containers": [{"name": "main", "ports": [{"containerPort": 80}]}]},
            "annotations": {"a.b/c": "x"},
        }
    },
}
PORT = '.spec.template.spec.containers[name="main"].ports[containerPort=80,protocol="TCP"]'


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f"{PORT}.containerPort", "spec.template.spec.containers[main].ports[0].containerPort"),
        (".spec.template.annotations.a.b/c", 'spec.template.annotations["a.b/c"]'),
        (".spec.template.nowhere", "spec.template.nowhere"),
    ],
)
def test_what_the_server_names_is_written_as_differences_write_it(text: str, path: str) -> None:
    cause: JsonObject = {
        "reason": "FieldManagerConflict",
        "field": text,
        "message": 'conflict with "x" using v1',
    }
    failure = ApiError(409, {"reason": "Conflict", "details": {"causes": [cause]}})
    cluster = FakeCluster()
    body: JsonObject = {**POD, "kind": "Deployment", "metadata": {"name": "w", "namespace": "test"}}
    manifest = make_manifest("Deployment", "w", api_version="apps/v1", spec=POD["spec"])
    cluster.apply(body)
    cluster.refuse("apply", "w", failure, failure)
    with pytest.raises(ContestedError) as caught:
        send(cluster, manifest, Request(body), Stance())
    assert [item.path for item in caught.value.conflicts] == [path]


def test_what_is_empty_without_a_field_goes_with_it() -> None:
    steps = ("f:spec", "f:template", "f:annotations", "f:a.b/c")
    assert path_of(POD, steps) == 'spec.template.annotations["a.b/c"]'
    left = mapping_at(without(POD, [steps]), "spec", "template")
    assert left == {"spec": mapping_at(POD, "spec", "template", "spec")}


def test_without_the_right_to_ask_what_a_rule_leaves_is_worked_out() -> None:
    owned: JsonObject = {"f:data": {"f:mode": {}, "f:size": {}}}
    entry: JsonObject = {"manager": "scaler", "operation": "Update", "fieldsV1": owned}
    live: JsonObject = {"metadata": {"managedFields": [entry]}, "data": {**OURS, "size": "7"}}
    asked = config(**OURS)
    left, found = foreseen(live, asked, asked.body, [rule(LEAVE, manager="scaler")])
    assert (left, [item.path for item in found]) == ((("f:data", "f:size"),), ["data.size"])
    assert foreseen(live, asked, asked.body, [rule(TAKE, manager="scaler")]) == ((), ())


def with_rules(root: Path, text: str) -> None:
    file = root / "environments/test.yaml"
    file.write_text(file.read_text() + f"conflicts:\n{text}")


def proposed(root: Path, cluster: FakeCluster) -> Proposal:
    app = load(root)
    compiled = compile_environment(app, "test")
    return plan_apply(
        compiled, target(cluster), ApplyOptions(), Causes(app, compiled, CompileOptions())
    )


def test_an_apply_leaves_and_takes_as_the_environment_says(app_with: AppWith) -> None:
    cluster = FakeCluster()
    root = app_with(web=CONFIG)
    applied(root, cluster)
    edited(cluster, mode="slow", size="7")
    with pytest.raises(AppError) as refused:
        proposed(root, cluster)
    assert {item.field for item in refused.value.findings} == {"data.mode", "data.size"}
    with_rules(root, "- {path: data.mode, policy: leave}\n- {manager: kube*, policy: take}\n")
    proposal = proposed(root, cluster)
    rules = [item.rule for item in proposal.comparison.findings]
    assert sorted(rules) == ["conflict-left", "conflict-taken"]
    assert [field.path for step in proposal.plan.steps for field in step.fields] == ["data.size"]
    applied(root, cluster)
    assert data_of(cluster) == {"mode": "slow", "size": "1"}
    assert not proposed(root, cluster).plan.has_changes


def test_what_is_contested_between_plan_and_write_obeys_the_rules_too(app_with: AppWith) -> None:
    cluster = FakeCluster()
    root = app_with(web=CONFIG)
    applied(root, cluster)
    app_with(web=CONFIG.replace("'1'", "'2'"))
    with_rules(root, "- {path: data.mode, policy: leave}\n")
    proposal = proposed(root, cluster)
    edited(cluster, mode="slow")
    app = load(root)
    outcomes = [*carry_out(app, proposal, target(cluster), CompileOptions(), PATIENCE)]
    assert not [item for item in outcomes if isinstance(item, Failed)]
    assert data_of(cluster) == {"mode": "slow", "size": "2"}


def test_what_is_contested_between_plan_and_write_and_has_no_rule_fails(app_with: AppWith) -> None:
    cluster = FakeCluster()
    root = app_with(web=CONFIG)
    applied(root, cluster)
    app_with(web=CONFIG.replace("'1'", "'2'"))
    proposal = proposed(root, cluster)
    edited(cluster, size="9", mode="slow")
    outcomes = carry_out(load(root), proposal, target(cluster), CompileOptions(), PATIENCE)
    (failed,) = (item for item in outcomes if isinstance(item, Failed))
    finding = failed.finding
    assert (finding.rule, finding.field) == ("field-conflict", "data.size")
    assert finding.notes[-1].startswith("also: data.mode is slow, owned by")
    assert data_of(cluster)["size"] == "9"


def workload(replicas: int | None) -> Manifest:
    spec: JsonObject = {"paused": True}
    asked = spec if replicas is None else {**spec, "replicas": replicas}
    return make_manifest("Deployment", "web", api_version="apps/v1", spec=asked)


def live_with(replicas: int, *managers: str) -> JsonObject:
    entries: list[Any] = [
        {"manager": name, "fieldsV1": {"f:spec": {"f:replicas": {}}}} for name in managers
    ]
    return {"metadata": {"managedFields": entries}, "spec": {"replicas": replicas}}


@pytest.mark.parametrize("asked", [2, None])
@pytest.mark.parametrize(
    ("managers", "written"),
    [
        (("kuplet",), 5),  # sent as it is, or the server would make it 1
        (("kuplet", "kube-controller-manager"), None),
        (("kube-controller-manager",), None),
        ((), None),
    ],
)
def test_replicas_are_sent_as_they_are_until_somebody_else_owns_them(
    asked: int | None, managers: tuple[str, ...], written: int | None
) -> None:
    found = left_to_scaler(workload(asked), live_with(5, *managers))
    assert mapping_at(found.body, "spec").get("replicas") == written
    assert mapping_at(found.body, "spec")["paused"] is True


def scaler(kind: str, api_version: str, target: JsonObject) -> Manifest:
    return make_manifest(kind, "s", api_version=api_version, spec={"scaleTargetRef": target})


def test_autoscalers_of_the_app_and_live_ones_are_found() -> None:
    cluster, web = FakeCluster(), workload(2)
    full: JsonObject = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    keda = scaler("ScaledObject", "keda.sh/v1alpha1", {"name": "web"})
    assert scalers_of(cluster, [web, keda]) == {web.ref: "ScaledObject/s"}
    cluster.apply(scaler("HorizontalPodAutoscaler", "autoscaling/v2", full).body)
    assert scalers_of(cluster, [web]) == {web.ref: "HorizontalPodAutoscaler/s"}
    assert scalers_of(cluster, [config()]) == {}  # nothing can be scaled, so nobody is asked


def test_what_somebody_edits_while_adopt_asks_is_kept(app_with: AppWith) -> None:
    root = app_with(web=CONFIG)
    (root / "components/web.yaml").unlink()
    (root / "components/web.jsonnet").write_text(
        'local params = std.extVar("__ksonnet/params").components.web;\n'
        '{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" },'
        " data: { mode: params.mode } }\n"
    )
    file = root / "environments/test.yaml"
    text = file.read_text().replace("web.yaml}", "web.jsonnet, params: {mode: fast}}")
    file.write_text(text)
    cluster = FakeCluster()
    applied(root, cluster)
    app = load(root)
    cluster.apply(config(mode="slow").body, manager="kubectl-edit", force=True)
    live = cluster.read(config()) or {}
    owned: JsonObject = {"manager": "kubectl-edit", "fieldsV1": {"f:data": {"f:mode": {}}}}
    mapping_at(live, "metadata")["managedFields"] = [owned]
    cluster.apply(live, force=True)
    cluster.apply(config(mode="slow").body, manager="kubectl-edit", force=True)
    found = plan_write_back(app, compile_environment(app, "test"), target(cluster))
    assert [(str(item.ref), item.after) for item in found.parameters] == [("web.mode", "slow")]
    file.write_text(text.replace("fast", "mine"))
    with pytest.raises(AppError) as refused:
        write_back(load(root), "test", found.parameters)
    assert [item.rule for item in refused.value.findings] == ["adopt-outdated"]
    assert file.read_text() == text.replace("fast", "mine")
    file.write_text(text)
    done = write_back(load(root), "test", found.parameters)
    assert done == ["set web.mode in environments/test.yaml"]
    assert file.read_text() == text.replace("fast", "slow")
