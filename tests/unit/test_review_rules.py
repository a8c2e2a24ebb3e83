"""The rules of a review, each on the smallest pair of objects that it speaks about."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.model.difference import ObjectDifference
from compiler.model.finding import Finding, Severity
from compiler.model.image import parse_image
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest
from compiler.model.review import Total
from compiler.stages.quantity import parse_quantity, quantity_text
from compiler.stages.review.access import rights, secret_references
from compiler.stages.review.exposure import exposure
from compiler.stages.review.identity import disappearances
from compiler.stages.review.images import images, mutable_tags
from compiler.stages.review.immutable import recreations
from compiler.stages.review.objects import object_differences
from compiler.stages.review.resources import resources, totals
from compiler.stages.review.rules import RULES, ObjectRule
from compiler.stages.review.storage import storage
from compiler.stages.review.workloads import replicas, restarts, training_runs
from tests.factories import make_manifest, make_pod_owner

RBAC = "rbac.authorization.k8s.io/v1"


def judge(rule: ObjectRule, before: Manifest | None, after: Manifest | None) -> list[Finding]:
    sides = ([item] if item else [] for item in (before, after))
    return [item for each in object_differences(*sides) for item in rule(each)]


def one(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, findings
    assert findings[0].rule in RULES
    return findings[0]


def pod(**container: JsonValue) -> JsonObject:
    return {"containers": [{"name": "main", "image": "web:1", **container}]}


def deployment(replicas: int = 1, **container: JsonValue) -> Manifest:
    manifest = make_pod_owner(pod=pod(**container))
    spec = manifest.body["spec"]
    assert isinstance(spec, dict)
    return make_manifest(
        "Deployment", "web", api_version="apps/v1", spec={**spec, "replicas": replicas}
    )


def service(**spec: JsonValue) -> Manifest:
    return make_manifest("Service", "web", spec=dict(spec))


def claim(size: str = "10Gi", **spec: JsonValue) -> Manifest:
    spec = {"resources": {"requests": {"storage": size}}, **spec}
    return make_manifest("PersistentVolumeClaim", "data", spec=spec)


def tf_job(name: str = "train", workers: int = 2, **container: JsonValue) -> Manifest:
    worker: JsonObject = {"replicas": workers, "template": {"spec": pod(**container)}}
    spec: JsonObject = {"tfReplicaSpecs": {"Worker": worker}}
    return make_manifest("TFJob", name, api_version="kubeflow.org/v1", spec=spec)


# --- restarts, replicas, training


def test_a_changed_pod_template_restarts_the_pods() -> None:
    finding = one(judge(restarts, deployment(), deployment(image="web:2")))
    assert finding.message == "Deployment/web restarts, pod after pod: containers[main].image"
    assert finding.field == "spec.template"
    assert finding.severity is Severity.NOTE


def test_init_containers_in_another_order_restart_the_pods() -> None:
    first: JsonObject = {"name": "fetch", "image": "a:1"}
    second: JsonObject = {"name": "unpack", "image": "a:1"}
    orders: list[list[JsonValue]] = [[first, second], [second, first]]
    before, after = (make_pod_owner(pod={**pod(), "initContainers": each}) for each in orders)
    assert "initContainers (order)" in one(judge(restarts, before, after)).message


def test_a_changed_number_of_pods_restarts_none() -> None:
    before, after = deployment(1), deployment(3)
    assert judge(restarts, before, after) == []
    assert one(judge(replicas, before, after)).message == "Deployment/web: 1 → 3 pods"


def test_replicas_of_training_jobs_are_named() -> None:
    finding = one(judge(replicas, tf_job(), tf_job(workers=8)))
    assert finding.message == "TFJob/train Worker: 2 → 8 pods"
    assert finding.field == "spec.tfReplicaSpecs.Worker.replicas"


def test_a_changed_training_job_needs_a_new_run() -> None:
    assert "a new training run" in one(judge(training_runs, tf_job(), tf_job(image="x:2"))).message


def test_a_training_job_of_another_name_is_a_new_run() -> None:
    found = judge_all(training_runs, [tf_job("a")], [tf_job("b")])
    assert [item.message for item in found] == ["TFJob/b is new: a training run starts"]


def judge_all(rule: ObjectRule, before: list[Manifest], after: list[Manifest]) -> list[Finding]:
    def judged() -> Iterator[Finding]:
        for item in object_differences(before, after):
            yield from rule(item)

    return list(judged())


# --- what must be made again


def stateful(**spec: JsonValue) -> Manifest:
    template: JsonObject = {"metadata": {"name": "data"}, "spec": {"storageClassName": "a"}}
    spec = {"serviceName": "a", "volumeClaimTemplates": [template], "template": {}, **spec}
    return make_manifest("StatefulSet", "db", api_version="apps/v1", spec=spec)


def storing(size: str) -> Manifest:
    requests: JsonObject = {"resources": {"requests": {"storage": size}}}
    template: JsonObject = {"metadata": {"name": "data"}, "spec": requests}
    return stateful(volumeClaimTemplates=[template])


def test_claims_of_a_stateful_set_may_grow_but_not_shrink() -> None:
    grown, shrunk = ([storing("1Gi")], [storing("2Gi")]), ([storing("2Gi")], [storing("1Gi")])
    for rule in (recreations, storage):
        assert judge_all(rule, *grown) == []
        assert [item.field for item in judge_all(rule, *shrunk)] != []


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        (
            make_manifest("Deployment", api_version="apps/v1", spec={"selector": {"a": "1"}}),
            make_manifest("Deployment", api_version="apps/v1", spec={"selector": {"a": "2"}}),
            "spec.selector.a",
        ),
        (
            make_manifest("Job", api_version="batch/v1", spec={"template": {"a": "1"}}),
            make_manifest("Job", api_version="batch/v1", spec={"template": {"a": "2"}}),
            "spec.template.a",
        ),
        (
            make_manifest("Service", spec={"clusterIP": "10.0.0.1"}),
            make_manifest("Service", spec={"clusterIP": "None"}),
            "spec.clusterIP",
        ),
        (stateful(), stateful(serviceName="b"), "spec.serviceName"),
        (stateful(), stateful(volumeClaimTemplates=[]), "spec.volumeClaimTemplates[data]"),
        (claim(storageClassName="a"), claim(storageClassName="b"), "spec.storageClassName"),
        (
            make_manifest("RoleBinding", api_version=RBAC, roleRef={"name": "a"}),
            make_manifest("RoleBinding", api_version=RBAC, roleRef={"name": "b"}),
            "roleRef.name",
        ),
        (
            make_manifest("ConfigMap", immutable=True, data={"a": "1"}),
            make_manifest("ConfigMap", immutable=True, data={"a": "2"}),
            "data.a",
        ),
    ],
)  # fmt: skip
def test_an_immutable_field_means_delete_first(
    before: Manifest, after: Manifest, field: str
) -> None:
    finding = one(judge(recreations, before, after))
    assert finding.field.startswith(field.partition("[")[0])
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (claim("10Gi"), claim("20Gi")),
        (stateful(replicas=1), stateful(replicas=2)),
        (stateful(), stateful(template={"a": "1"})),
        (service(clusterIP="10.0.0.1"), service()),
        (make_manifest("ConfigMap", data={"a": "1"}), make_manifest("ConfigMap", data={"a": "2"})),
        (None, claim()),
    ],
)  # fmt: skip
def test_what_can_be_changed_is_not_recreated(before: Manifest | None, after: Manifest) -> None:
    assert judge(recreations, before, after) == []


# --- images


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("web", ("web", "", "")),
        ("web:1", ("web", "1", "")),
        ("host:5000/web", ("host:5000/web", "", "")),
        ("host:5000/a/web:1@sha256:ab", ("host:5000/a/web", "1", "sha256:ab")),
        ("web@sha256:ab", ("web", "", "sha256:ab")),
    ],
)
def test_images_are_taken_apart(text: str, parts: tuple[str, str, str]) -> None:
    assert parse_image(text) == parts


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ("web:2", "image web:1 → :2"),
        ("web@sha256:ab", "image web:1 → @sha256:ab"),
        ("other:1", "image web:1 → other:1"),
    ],
)
def test_a_changed_image_is_shown(after: str, words: str) -> None:
    finding = one(judge(images, deployment(), deployment(image=after)))
    assert finding.message == f"Deployment/web: {words}"
    assert finding.field == "spec.template.spec.containers[main].image"


@pytest.mark.parametrize("image", ["a", "a:latest", "h:5/a", "a:nightly-gpu", "a:MAIN"])
def test_a_tag_that_moves_is_a_warning(image: str) -> None:
    assert one(judge(mutable_tags, deployment(), deployment(image=image))).rule
    assert one(judge(mutable_tags, None, deployment(image=image))).severity is Severity.WARNING


@pytest.mark.parametrize(
    "image",
    [
        "a:2.19.0",
        "a:v1",
        "a:latest@sha256:ab",
        "a:2024-main",
        "a:RELEASE.2025-09-07",
        "a:stable-20260101",
    ],
)
def test_a_version_or_a_digest_is_none(image: str) -> None:
    assert judge(mutable_tags, deployment(), deployment(image=image)) == []


def test_an_image_that_loses_its_tag_is_named_whole() -> None:
    finding = one(judge(images, deployment(image="a:1"), deployment(image="a")))
    assert finding.message.endswith("image a:1 → a")


def test_a_moving_tag_that_was_there_before_is_not_the_change() -> None:
    before, after = (deployment(count, image="a:latest") for count in (1, 2))
    assert judge(mutable_tags, before, after) == []


# --- resources


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("500m", Fraction(1, 2)), ("2", 2), (2, 2), ("4Gi", 4 * 1024**3), ("1e3", 1000),
        ("1E", 10**18), ("0.1", Fraction(1, 10)), ("1.5Gi", 1024**3 * 3 // 2),
        ("100n", Fraction(1, 10**7)),
        (".5", Fraction(1, 2)), ("5.", 5), ("12E-3", Fraction(12, 1000)),
    ],
)  # fmt: skip
def test_quantities_are_read_exactly(text: JsonValue, amount: Fraction) -> None:
    assert parse_quantity(text) == amount


@pytest.mark.parametrize("text", ["", "x", "1 Gi", "1kb", True, None, [], "1e", "--1"])
def test_what_is_no_quantity_is_none(text: JsonValue) -> None:
    assert parse_quantity(text) is None


def test_cores_are_written_as_people_write_them() -> None:
    amounts = (Fraction("11.05"), Fraction("0.25"), Fraction(3), Fraction("1.5"))
    assert [quantity_text("cpu", each) for each in amounts] == ["11.05", "250m", "3", "1.5"]


@given(st.integers(0, 10**9))
def test_whole_amounts_keep_their_value(number: int) -> None:
    assert parse_quantity(quantity_text("cpu", Fraction(number))) == number
    assert parse_quantity(quantity_text("cpu", Fraction(number, 1000))) == Fraction(number, 1000)


def resources_of(**amounts: str) -> JsonObject:
    return {"resources": {"requests": dict(amounts)}}


def test_totals_are_pod_templates_times_replicas() -> None:
    gpu: JsonObject = {"resources": {"limits": {"nvidia.com/gpu": 1, "cpu": "500m"}}}
    before = [tf_job("t", 2, **gpu), deployment(3, **resources_of(memory="1Gi"))]
    after = [tf_job("t", 4, **gpu), deployment(3, **resources_of(memory="512Mi"))]
    assert totals(before, after) == {
        "cpu": Total(before=Fraction(1), after=Fraction(2)),
        "memory": Total(before=Fraction(3 * 1024**3), after=Fraction(3 * 512 * 1024**2)),
        "nvidia.com/gpu": Total(before=Fraction(2), after=Fraction(4)),
    }


def test_more_devices_are_a_warning_other_totals_a_note() -> None:
    amounts = {
        "cpu": Total(before=Fraction(1), after=Fraction(1)),
        "memory": Total(before=Fraction(1024**3), after=Fraction(3 * 1024**3)),
        "nvidia.com/gpu": Total(before=Fraction(8), after=Fraction(16)),
    }
    assert [(item.severity, item.message) for item in resources(amounts)] == [
        (Severity.NOTE, "all pods together ask for memory: 1Gi → 3Gi (3 times as much)"),
        (
            Severity.WARNING,
            "all pods together ask for nvidia.com/gpu: 8 → 16 (2 times as much)",
        ),
    ]


def test_an_init_container_counts_only_if_it_asks_for_more_than_the_others() -> None:
    both: JsonObject = {
        "initContainers": [{"name": "i", **resources_of(cpu="3", memory="1Gi")}],
        "containers": [
            {"name": "a", **resources_of(cpu="1", memory="1Gi")},
            {"name": "b", **resources_of(cpu="1", memory="1Gi")},
        ],
    }
    found = totals([], [make_pod_owner(pod=both)])
    assert {name: quantity_text(name, item.after) for name, item in found.items()} == {
        "cpu": "3",
        "memory": "2Gi",
    }


# --- storage


def mounting(name: str) -> Manifest:
    volume: JsonObject = {"name": "data", "persistentVolumeClaim": {"claimName": name}}
    return make_pod_owner(pod={"containers": [], "volumes": [volume]})


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (claim(), None, "is removed"),
        (claim("10Gi"), claim("5Gi"), "shrinks from 10Gi to 5Gi"),
        (claim(storageClassName="a"), claim(storageClassName="b"), "must be made again"),
        (stateful(), stateful(volumeClaimTemplates=[]), "the volumes of its pods change"),
        (mounting("a"), mounting("b"), 'volume "data" was claim "a", will be "b"'),
        (
            make_manifest("StorageClass", api_version="storage.k8s.io/v1", provisioner="a"),
            make_manifest("StorageClass", api_version="storage.k8s.io/v1", provisioner="b"),
            "must be made again",
        ),
        (make_manifest("PersistentVolume", namespace=""), None, "is removed"),
    ],
)
def test_whatever_may_cost_data_is_an_error(
    before: Manifest, after: Manifest | None, words: str
) -> None:
    finding = one(judge(storage, before, after))
    assert words in finding.message
    assert finding.severity is Severity.ERROR


def test_more_storage_costs_no_data() -> None:
    assert judge(storage, claim("10Gi"), claim("20Gi")) == []


# --- network


def policy(**spec: JsonValue) -> Manifest:
    return make_manifest(
        "NetworkPolicy", api_version="networking.k8s.io/v1", spec={"podSelector": {}, **spec}
    )


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (service(), service(type="LoadBalancer"), "ClusterIP → LoadBalancer"),
        (None, service(type="NodePort"), "NodePort"),
        (service(), service(externalIPs=["1.2.3.4"]), "1.2.3.4"),
        (
            None,
            make_manifest("Ingress", api_version="networking.k8s.io/v1",
                          spec={"rules": [{"host": "a.example"}]}),
            "as a.example",
        ),
        (
            make_pod_owner(pod={"containers": []}),
            make_pod_owner(pod={"containers": [], "hostNetwork": True}),
            "hostNetwork",
        ),
        (deployment(), deployment(ports=[{"containerPort": 80, "hostPort": 80}]), "hostPort:80"),
        (make_manifest("NetworkPolicy", api_version="networking.k8s.io/v1"), None, "everywhere"),
        (policy(ingress=[]), policy(ingress=[{}]), "lets other traffic through: spec.ingress[0]"),
    ],
)  # fmt: skip
def test_a_new_way_in_is_a_warning(
    before: Manifest | None, after: Manifest | None, words: str
) -> None:
    finding = one(judge(exposure, before, after))
    assert words in finding.message
    assert finding.rule == "review-exposure"


def test_a_way_in_that_was_there_is_no_finding() -> None:
    before = service(type="LoadBalancer")
    assert judge(exposure, before, service(type="LoadBalancer", x=1)) == []
    assert judge(exposure, before, service()) == []


# --- rights and Secrets


def role(verbs: list[JsonValue], resource: str = "pods") -> Manifest:
    rule: JsonObject = {"apiGroups": [""], "resources": [resource], "verbs": verbs}
    return make_manifest("ClusterRole", "reader", api_version=RBAC, namespace="", rules=[rule])


def binding(to: str, *subjects: str) -> Manifest:
    items = [{"kind": "User", "name": name} for name in subjects]
    return make_manifest(
        "ClusterRoleBinding", "b", api_version=RBAC, roleRef={"name": to}, subjects=items
    )


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (role(["get"]), role(["get", "delete"]), "delete pods"),
        (role(["get"]), role(["*"]), "* pods"),
        (None, role(["*"]), "* pods"),
        (None, binding("cluster-admin", "joe"), 'gives "cluster-admin" to User/joe'),
        (binding("view", "joe"), binding("view", "joe", "eve"), 'gives "view" to User/eve'),
    ],
)
def test_more_rights_are_a_warning(before: Manifest | None, after: Manifest, words: str) -> None:
    assert words in one(judge(rights, before, after)).message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (role(["get", "delete"]), role(["get"])),
        (role(["*"]), role(["get"])),
        (None, role(["get"])),
        (binding("view", "joe", "eve"), binding("view", "joe")),
        (None, binding("view", "joe")),
    ],
)
def test_fewer_rights_are_none(before: Manifest | None, after: Manifest) -> None:
    assert judge(rights, before, after) == []


def reading(secret: str, key: str = "k") -> Manifest:
    source: JsonObject = {"secretKeyRef": {"name": secret, "key": key}}
    return deployment(env=[{"name": "TOKEN", "valueFrom": source}])


def test_another_secret_is_a_warning() -> None:
    finding = one(judge(secret_references, reading("a"), reading("b")))
    assert finding.message == 'Deployment/web uses Secret "a/k" → "b/k"'
    assert finding.field == "spec.template.spec.containers[main].env[TOKEN]"
    assert judge(secret_references, reading("a"), reading("a")) == []


# --- removed and renamed


@pytest.mark.parametrize(
    ("before", "fate"),
    [
        (make_manifest(name="a", data={"x": "1"}), "the next apply deletes it"),
        (
            make_manifest(metadata={"name": "a", "annotations": {"kuplet.dev/prune": "keep"}}),
            "it stays in the cluster, it asks for it: kuplet.dev/prune: keep",
        ),
        (make_manifest("Namespace", "a"), "it holds data"),
        (claim(), "it holds data"),
    ],
)
def test_of_an_object_that_goes_it_is_said_what_the_next_apply_does(
    before: Manifest, fate: str
) -> None:
    finding = one(list(disappearances(object_differences([before], []))))
    assert (finding.rule, finding.object) == ("review-removed", str(before.ref))
    assert f"is removed from the app: {fate}" in finding.message


def test_an_object_that_comes_back_under_another_name_is_renamed() -> None:
    before, after = make_pod_owner(name="web"), make_pod_owner(name="site", component="site")
    other = make_manifest("Service", "site", component="site")
    finding = one(list(disappearances(object_differences([before], [after, other]))))
    assert finding.rule == "review-renamed"
    assert '"web" → "site"' in finding.message


def test_an_unlike_object_of_the_same_kind_is_no_successor() -> None:
    before, after = (make_manifest(name=key, data={key: key * 3}) for key in ("k1", "k2"))
    finding = one(list(disappearances(object_differences([before], [after]))))
    assert finding.rule == "review-removed"


def test_each_successor_is_taken_once() -> None:
    before = [make_pod_owner(name=name) for name in ("a1", "a2")]
    found = disappearances(object_differences(before, [make_pod_owner(name="b1")]))
    assert sorted(item.rule for item in found) == ["review-removed", "review-renamed"]


def test_values_of_secrets_are_masked_in_fields() -> None:
    before, after = (make_manifest("Secret", stringData={"p": text}) for text in ("s3cret", "n3w"))
    difference: ObjectDifference = object_differences([before], [after])[0]
    assert "s3cret" not in str(difference.fields)
    assert "n3w" not in str(difference.fields)
    assert [item.path for item in difference.fields] == ["stringData.p"]


def test_every_rule_is_explained_with_its_severity() -> None:
    page = (Path(__file__).parents[2] / "docs/review.md").read_text(encoding="utf-8")
    for name, rule in RULES.items():
        assert f"\n### {name}\n" in page
        assert f"\n| [`{name}`](#{name}) | {rule.severity}" in page
