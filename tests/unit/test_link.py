import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.errors import AppError
from compiler.kinds.references import references_of
from compiler.model.app import Goal, Need
from compiler.model.dag import ManifestDag
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
