import sys
from types import FrameType
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.errors import AppError
from compiler.kinds.references import references_of
from compiler.model.app import Goal, Need
from compiler.model.dag import ManifestDag
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest
from compiler.stages.link.link import link
from compiler.stages.link.views import component_dag, essential, why
from tests.factories import SPAN, make_component, make_environment, make_manifest, make_pod_owner

COMPONENTS = ["a", "b", "c", "d"]


def linked(*manifests: Manifest, needs: dict[str, list[Need]] | None = None) -> ManifestDag:
    names = sorted({manifest.origin.component for manifest in manifests})
    components = [make_component(name, needs=(needs or {}).get(name, ())) for name in names]
    return link(make_environment(components=components), manifests)


def edges(dag: ManifestDag) -> list[str]:
    return [
        f"{edge.dependent} > {edge.needed} {edge.until}"
        for edge in dag.dependencies
        if not edge.is_soft
    ]


def test_objects_wait_for_their_namespace_and_their_definition() -> None:
    namespace = make_manifest("Namespace", "test", namespace="")
    crd = make_manifest(
        "CustomResourceDefinition",
        "jobs.x.io",
        api_version="apiextensions.k8s.io/v1",
        namespace="",
        spec={"group": "x.io", "names": {"kind": "Job"}},
    )
    custom = make_manifest("Job", "run", api_version="x.io/v1")
    assert edges(linked(custom, crd, namespace)) == [
        "Job/run > Namespace/test ready",
        "Job/run > CustomResourceDefinition/jobs.x.io ready",
    ]


def test_needs_reach_every_object_of_both_components() -> None:
    need = Need(component="db", until=Goal.COMPLETED, span=SPAN)
    dag = linked(
        make_manifest(name="one", component="web"),
        make_manifest(name="two", component="web"),
        make_manifest(name="data", component="db"),
        needs={"web": [need]},
    )
    assert edges(dag) == [
        "ConfigMap/one > ConfigMap/data completed",
        "ConfigMap/two > ConfigMap/data completed",
    ]
    assert dag.dependencies[0].span == SPAN


@given(
    st.lists(
        st.tuples(st.sampled_from(COMPONENTS), st.sampled_from(COMPONENTS)), max_size=6, unique=True
    )
)
def test_every_object_stands_after_all_that_it_needs_or_a_cycle_is_named(
    pairs: list[tuple[str, str]],
) -> None:
    needs: dict[str, list[Need]] = {}
    for dependent, needed in pairs:
        if dependent != needed:
            needs.setdefault(dependent, []).append(Need(component=needed, span=SPAN))
    manifests = [make_manifest(name=name, component=name) for name in COMPONENTS]
    try:
        dag = linked(*manifests, needs=needs)
    except AppError as error:
        assert error.findings[0].rule == "dependency-cycle"
        return
    place = {ref: index for index, ref in enumerate(dag.order)}
    assert len(place) == len(manifests)
    for edge in dag.dependencies:
        assert place[edge.needed] < place[edge.dependent]


def test_a_cycle_prints_the_loop_with_every_reason() -> None:
    needs = {"a": [Need(component="b", span=SPAN)], "b": [Need(component="a", span=SPAN)]}
    with pytest.raises(AppError) as caught:
        linked(
            make_manifest(name="one", component="a"),
            make_manifest(name="two", component="b"),
            needs=needs,
        )
    finding = caught.value.findings[0]
    assert finding.message.endswith("ConfigMap/one → ConfigMap/two → ConfigMap/one")
    assert len(finding.notes) == 2


def test_kinds_order_peers_only_where_that_closes_no_cycle() -> None:
    role = make_manifest("Role", "role", api_version="rbac.authorization.k8s.io/v1")
    dag = linked(role, make_pod_owner(name="app"))
    assert [edge.is_soft for edge in dag.dependencies] == [True]
    assert [str(ref) for ref in dag.order] == ["Role/role", "Deployment/app"]


def test_a_webhook_waits_for_the_workload_that_answers_it() -> None:
    service = make_manifest("Service", "hook", spec={"selector": {"app": "hook"}})
    webhook = make_manifest(
        "ValidatingWebhookConfiguration",
        "v",
        api_version="admissionregistration.k8s.io/v1",
        namespace="",
        webhooks=[{"clientConfig": {"service": {"namespace": "test", "name": "hook"}}}],
    )
    dag = linked(webhook, service, make_pod_owner(name="hook"))
    assert "ValidatingWebhookConfiguration/v > Deployment/hook ready" in edges(dag)


POD = {
    "serviceAccountName": "robot",
    "imagePullSecrets": [{"name": "pull"}],
    "priorityClassName": "high",
    "volumes": [
        {"name": "v", "persistentVolumeClaim": {"claimName": "claim"}},
        {"name": "s", "secret": {"secretName": "mounted"}},
        {"name": "p", "projected": {"sources": [{"configMap": {"name": "projected"}}]}},
    ],
    "initContainers": [{"name": "i", "envFrom": [{"secretRef": {"name": "init"}}]}],
    "containers": [
        {
            "name": "c",
            "env": [
                {
                    "name": "A",
                    "valueFrom": {"configMapKeyRef": {"name": "key", "key": "k", "optional": True}},
                }
            ],
        }
    ],
}


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
def test_references_of_pods_are_found_in_every_workload(kind: str) -> None:
    found = {str(item.needed): item.field for item in references_of(make_pod_owner(kind, pod=POD))}  # type: ignore[arg-type]
    path = "spec.template.spec"
    assert found == {
        "ServiceAccount/robot": f"{path}.serviceAccountName",
        "Secret/pull": f"{path}.imagePullSecrets[0]",
        "PriorityClass/high": f"{path}.priorityClassName",
        "PersistentVolumeClaim/claim": f"{path}.volumes[0].persistentVolumeClaim.claimName",
        "Secret/mounted": f"{path}.volumes[1].secret",
        "ConfigMap/projected": f"{path}.volumes[2].projected.sources[0].configMap",
        "Secret/init": f"{path}.initContainers[0].envFrom[0].secretRef",
        "ConfigMap/key": f"{path}.containers[0].env[0].valueFrom.configMapKeyRef",
    }


def test_references_inside_a_training_job_are_found() -> None:
    job = make_manifest(
        "TFJob",
        "train",
        api_version="kubeflow.org/v1",
        spec={"tfReplicaSpecs": {"Worker": {"template": {"spec": {"serviceAccountName": "x"}}}}},
    )
    (reference,) = references_of(job)
    assert reference.field == "spec.tfReplicaSpecs.Worker.template.spec.serviceAccountName"


@pytest.mark.parametrize(
    ("manifest", "needed"),
    [
        (
            make_manifest(
                "RoleBinding",
                "b",
                api_version="rbac.authorization.k8s.io/v1",
                roleRef={"kind": "Role", "name": "r"},
                subjects=[{"kind": "ServiceAccount", "name": "s"}],
            ),
            ["Role/r", "ServiceAccount/s"],
        ),
        (
            make_manifest(
                "HorizontalPodAutoscaler",
                "h",
                api_version="autoscaling/v2",
                spec={
                    "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
                },
            ),
            ["Deployment/d"],
        ),
        (
            make_manifest("StatefulSet", "s", api_version="apps/v1", spec={"serviceName": "head"}),
            ["Service/head"],
        ),
        (
            make_manifest(
                "Ingress",
                "i",
                api_version="networking.k8s.io/v1",
                spec={
                    "rules": [{"http": {"paths": [{"backend": {"service": {"name": "web"}}}]}}],
                    "tls": [{"secretName": "cert"}],
                },
            ),
            ["Service/web", "Secret/cert"],
        ),
    ],
    ids=["binding", "autoscaler", "stateful-set", "ingress"],
)
def test_references_of_other_kinds(manifest: Manifest, needed: list[str]) -> None:
    assert [str(item.needed) for item in references_of(manifest)] == needed


def test_views_leave_out_what_follows_and_explain_chains() -> None:
    needs = {
        "b": [Need(component="a", span=SPAN)],
        "c": [Need(component="a", span=SPAN), Need(component="b", span=SPAN)],
    }
    manifests = [make_manifest(name=name, component=name) for name in "abc"]
    dag = linked(*manifests, needs=needs)
    assert [(str(e.dependent), str(e.needed)) for e in essential(dag)] == [
        ("ConfigMap/b", "ConfigMap/a"), ("ConfigMap/c", "ConfigMap/b"),
    ]  # fmt: skip
    chain = why(dag, manifests[2].ref, manifests[0].ref)
    assert [str(edge.needed) for edge in chain] == ["ConfigMap/a"]
    owner = {manifest.ref: manifest.origin.component for manifest in manifests}
    components = component_dag(dag, owner)
    assert [[ref.name for ref in wave] for wave in components.waves] == [["a"], ["b"], ["c"]]


def judging(
    rules: JsonObject, settings: JsonObject | None = None, component: str = "operator"
) -> list[Manifest]:
    """Return an operator with its account, and a webhook that is asked about some kinds."""
    server = make_pod_owner(
        name="hook", component=component, pod={"serviceAccountName": "hook", "containers": []}
    )
    webhook = make_manifest(
        "ValidatingWebhookConfiguration",
        "hook",
        api_version="admissionregistration.k8s.io/v1",
        namespace="",
        component=component,
        webhooks=[
            {
                "name": "v.x.io",
                "clientConfig": {"service": {"namespace": "test", "name": "hook"}},
                "rules": [{"operations": ["*"], "apiVersions": ["*"], **rules}],
                **(settings or {}),
            }
        ],
    )
    service = make_manifest(
        "Service", "hook", component=component, spec={"selector": {"app": "hook"}}
    )
    account = make_manifest("ServiceAccount", "hook", component=component)
    return [server, webhook, service, account]


ALL: JsonObject = {"apiGroups": ["*"], "resources": ["*"]}
THING = make_manifest("Policy", "thing", api_version="x.io/v1", component="app")
WAITS = "Policy/thing > Deployment/hook ready"


@pytest.mark.parametrize(
    ("rules", "settings", "waits"),
    [
        (ALL, {}, True),
        ({"apiGroups": ["x.io"], "resources": ["policies"]}, {}, True),
        ({"apiGroups": ["x.io"], "resources": ["policies/status"]}, {}, False),
        ({"apiGroups": ["y.io"], "resources": ["policies"]}, {}, False),
        ({"apiGroups": ["x.io"], "resources": ["things"]}, {}, False),
        ({**ALL, "operations": ["DELETE"]}, {}, False),
        ({**ALL, "scope": "Cluster"}, {}, False),
        (ALL, {"failurePolicy": "Ignore"}, False),
        (ALL, {"objectSelector": {"matchLabels": {"a": "b"}}}, False),
        (ALL, {"namespaceSelector": {"matchExpressions": [
            {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["test"]}]}}, True),
        (ALL, {"namespaceSelector": {"matchExpressions": [
            {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["test"]}]}},
         False),
        (ALL, {"namespaceSelector": {"matchLabels": {"judged": "yes"}}}, False),
    ],
)  # fmt: skip
def test_what_a_strict_webhook_judges_waits_for_its_server(
    rules: JsonObject, settings: JsonObject, *, waits: bool
) -> None:
    found = edges(linked(THING, *judging(rules, settings)))
    assert (WAITS in found) is waits


def test_labels_of_a_namespace_of_the_same_compile_are_known() -> None:
    namespace = make_manifest("Namespace", "test", namespace="", component="app")
    namespace.body["metadata"] = {"name": "test", "labels": {"judged": "yes"}}
    selector: JsonObject = {"matchLabels": {"judged": "yes"}}
    found = edges(linked(namespace, THING, *judging(ALL, {"namespaceSelector": selector})))
    assert WAITS in found


def test_what_the_server_of_a_webhook_needs_does_not_wait_for_it() -> None:
    settings = make_manifest(name="settings", component="base")
    dag = linked(
        settings, *judging(ALL), needs={"operator": [Need(component="base", until=Goal.READY)]}
    )
    assert not [edge for edge in edges(dag) if edge.endswith("> Deployment/hook ready") and
                not edge.startswith("ValidatingWebhook")]  # fmt: skip


def test_objects_of_kubernetes_beside_the_server_may_serve_it() -> None:
    job = make_manifest("Job", "make-certificate", api_version="batch/v1", component="operator")
    custom = make_manifest("Issuer", "own", api_version="x.io/v1", component="operator")
    found = edges(linked(job, custom, *judging(ALL)))
    assert "Issuer/own > Deployment/hook ready" in found
    assert "Job/make-certificate > Deployment/hook ready" not in found


def test_two_operators_that_judge_each_other_make_no_cycle() -> None:
    one, two = judging(ALL, component="one"), judging(ALL, component="two")
    renamed = [
        make_manifest(
            item.ref.kind,
            "other",
            api_version=item.api_version,
            namespace=item.ref.namespace,
            component="two",
            **{key: value for key, value in item.body.items() if key in {"spec", "webhooks"}},
        )
        for item in two
        if item.ref.kind != "ServiceAccount"
    ]
    linked(*one, *renamed)  # raises nothing


def big_component(size: int) -> list[Manifest]:
    """Return as many Services as Deployments and their settings, in one component."""
    found: list[Manifest] = []
    for index in range(size):
        settings: JsonObject = {"configMapRef": {"name": f"c{index}"}}
        pod: JsonObject = {"containers": [{"name": "c", "image": "x", "envFrom": [settings]}]}
        found += [
            make_manifest("ConfigMap", f"c{index}"),
            make_manifest("Service", f"s{index}", spec={"selector": {"app": f"d{index}"}}),
            make_pod_owner(name=f"d{index}", pod=pod),
        ]
    return found


class TraceFunction(Protocol):
    def __call__(self, frame: FrameType, event: str, arg: object, /) -> "TraceFunction": ...


def steps_of_link(size: int) -> int:
    """Return how many lines of code are run to link so many objects."""
    manifests = big_component(size // 3)
    steps = 0

    def count(_: FrameType, event: str, __: object) -> "TraceFunction":
        nonlocal steps
        steps += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        linked(*manifests)
    finally:
        sys.settrace(before)
    return steps


def test_linking_takes_steps_in_proportion_to_the_objects() -> None:
    few, many = steps_of_link(300), steps_of_link(3000)
    assert many / few < 10 * 1.15


def test_needs_between_large_components_are_not_written_out_pair_by_pair() -> None:
    need = Need(component="db", until=Goal.READY, span=SPAN)
    web = [make_manifest(name=f"w{index}", component="web") for index in range(40)]
    data = [make_manifest(name=f"d{index}", component="db") for index in range(40)]
    dag = linked(*web, *data, needs={"web": [need]})
    assert (len(dag.direct), len(dag.barriers), len(dag.dependencies)) == (0, 1, 1600)
    assert [len(wave) for wave in dag.waves] == [40, 40]
    assert why(dag, web[3].ref, data[5].ref) == [
        dag.barriers[0].dependency(web[3].ref, data[5].ref)
    ]


def test_a_habit_that_would_close_a_cycle_is_left_out_and_no_other() -> None:
    hook = {
        "name": "h",
        "clientConfig": {"service": {"namespace": "test", "name": "hook"}},
        "rules": [
            {
                "operations": ["*"],
                "apiGroups": [""],
                "apiVersions": ["v1"],
                "resources": ["configmaps"],
            }
        ],
    }
    webhook = make_manifest(
        "ValidatingWebhookConfiguration",
        "v",
        api_version="admissionregistration.k8s.io/v1",
        namespace="",
        component="policy",
        webhooks=[hook],
    )
    service = make_manifest(
        "Service", "hook", component="policy", spec={"selector": {"app": "hook"}}
    )
    claims: list[JsonValue] = [{"name": "gpu", "resourceClaimTemplateName": "gpu"}]
    server = make_pod_owner(
        name="hook", component="policy", pod={"containers": [], "resourceClaims": claims}
    )
    template = make_manifest("ResourceClaimTemplate", "gpu", api_version="resource.k8s.io/v1")
    judged = make_manifest("ConfigMap", "judged")
    free = make_manifest("Secret", "free")
    dag = linked(webhook, service, server, template, judged, free, make_pod_owner(name="web"))
    waits = {f"{edge.dependent} > {edge.needed}" for edge in dag.dependencies}
    assert {
        "ConfigMap/judged > Deployment/hook",
        "Deployment/hook > ResourceClaimTemplate/gpu",
    } < waits
    assert "ResourceClaimTemplate/gpu > ConfigMap/judged" not in waits
    assert "ResourceClaimTemplate/gpu > Secret/free" in waits
    assert "Deployment/web > ConfigMap/judged" in waits
    place = {ref: index for index, ref in enumerate(dag.order)}
    assert all(place[edge.needed] < place[edge.dependent] for edge in dag.dependencies)
