"""What validation says of custom resources."""

import pytest

from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest
from compiler.stages.validate.objects import validate_objects
from tests.factories import make_environment, make_manifest, manifest_of


def definition(api_version: str, **spec: object) -> Manifest:
    names: JsonObject = {"kind": "TFJob", "plural": "tfjobs"}
    body = {"group": "kubeflow.org", "scope": "Namespaced", "names": names, **spec}
    kind = "CustomResourceDefinition"
    return make_manifest(
        kind, "tfjobs.kubeflow.org", api_version=api_version, namespace="", spec=body
    )


def found(*manifests: Manifest) -> list[Finding]:
    findings = validate_objects(make_environment(), manifests)
    return [item for item in findings if item.object.startswith("TFJob/")]


def test_another_version_of_a_custom_resource_may_be_in_the_cluster() -> None:
    (finding,) = found(make_manifest("TFJob", "train", api_version="kubeflow.org/v1alpha1"))
    assert (finding.rule, finding.severity) == ("kind-unchecked", Severity.WARNING)
    assert finding.hint == "TFJob is served as kubeflow.org/v1"


def test_a_version_that_the_environments_own_definition_lacks_is_an_error() -> None:
    crd = definition("apiextensions.k8s.io/v1beta1", version="v1alpha2")
    job = make_manifest("TFJob", "train", api_version="kubeflow.org/v1alpha1")
    (finding,) = found(crd, job)
    assert (finding.rule, finding.severity) == ("kind-version", Severity.ERROR)
    assert "serves kubeflow.org/v1alpha2, not kubeflow.org/v1alpha1" in finding.message


def test_an_old_definition_without_a_schema_takes_everything() -> None:
    crd = definition("apiextensions.k8s.io/v1beta1", version="v1alpha1")
    job = make_manifest("TFJob", "train", api_version="kubeflow.org/v1alpha1", spec={"a": 1})
    assert found(crd, job) == []


def test_what_is_malformed_in_a_definition_checks_nothing() -> None:
    properties: JsonObject = {
        "a": None,
        "b": {"pattern": "(", "minimum": "1", "type": "text", "required": "x", "anyOf": [None]},
        "c": {"type": "integer", "minimum": 1, "exclusiveMinimum": True},
        "d": {"not": {"properties": {"e": {"enum": [1]}}}, "items": []},
    }
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": properties}},
    }
    version = {"name": "v2", "served": True, "schema": {"openAPIV3Schema": schema}}
    crd = definition("apiextensions.k8s.io/v1", versions=[version])
    spec = {"a": 1, "b": 2, "c": 1, "d": {"e": 2}}
    job = make_manifest("TFJob", "train", api_version="kubeflow.org/v2", spec=spec)
    (finding,) = found(crd, job)
    assert finding.message == "TFJob/train: spec.c: must be more than 1, got 1"


def served(properties: JsonObject, **more: JsonValue) -> Manifest:
    schema: JsonObject = {"type": "object", "properties": properties, **more}
    version = {"name": "v2", "served": True, "schema": {"openAPIV3Schema": schema}}
    return definition("apiextensions.k8s.io/v1", versions=[version])


def messages(crd: Manifest, spec: JsonValue = None) -> list[str]:
    fields: JsonObject = {} if spec is None else {"spec": spec}
    job = make_manifest("TFJob", "train", api_version="kubeflow.org/v2", **fields)  # type: ignore[arg-type]
    return [item.message for item in found(crd, job)]


def test_defaults_are_filled_in_before_required_is_judged() -> None:
    port: JsonObject = {
        "type": "object",
        "required": ["port", "protocol"],
        "properties": {
            "port": {"type": "integer"},
            "protocol": {"type": "string", "default": "TCP"},
        },
    }
    properties: JsonObject = {
        "mode": {"type": "string", "default": "fast"},
        "port": port,
        "ports": {"type": "array", "items": port},
        "named": {"type": "object", "additionalProperties": port},
        "deep": {**port, "default": {"port": 1}},
        "old": {"type": "string"},
    }
    spec: JsonObject = {"type": "object", "required": ["mode", "deep"], "properties": properties}
    crd = served({"spec": spec}, required=["spec"])
    one: JsonObject = {"port": 1}
    assert messages(crd, spec={"port": one, "ports": [one], "named": {"a": one}}) == []
    assert messages(crd, spec={"mode": None}) == []
    assert messages(crd, spec={"old": None}) == [
        "TFJob/train: spec.old: must be a string, got null"
    ]
    assert messages(crd, spec={"named": {"a": None}}) == [
        "TFJob/train: spec.named.a: must be an object, got null"
    ]
    assert messages(crd, spec={"ports": [{}]}) == ['TFJob/train: spec.ports[0]: missing "port"']
    assert messages(crd) == ['TFJob/train: missing "spec"']


def test_a_default_counts_where_alternatives_ask_what_is_there() -> None:
    kind: JsonObject = {"type": "string", "default": "a"}
    spec: JsonObject = {
        "type": "object",
        "properties": {"kind": kind},
        "oneOf": [{"required": ["kind"]}],
    }
    assert messages(served({"spec": spec}), spec={}) == []


def test_a_custom_resource_of_a_group_that_looks_like_kubernetes_own_is_only_unchecked() -> None:
    for version, kind in (
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
        ("snapshot.storage.k8s.io/v1", "VolumeSnapshot"),
        ("sparkoperator.k8s.io/v1beta2", "SparkApplication"),
    ):
        (finding,) = validate_objects(
            make_environment(), [make_manifest(kind, "x", api_version=version)]
        )
        assert (finding.rule, finding.severity) == ("kind-unchecked", Severity.WARNING)
    (finding,) = validate_objects(
        make_environment(), [make_manifest("Ingres", "x", api_version="networking.k8s.io/v1")]
    )
    assert (finding.rule, finding.severity) == ("kind-unknown", Severity.ERROR)


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("../../version", "Foo"),
        ("../../api/v1", "ConfigMap"),
        ("example.com/..", "Foo"),
        ("example.com/v1?watch=1", "Foo"),
        ("example.com/v1/x", "Foo"),
        ("example.com/", "Foo"),
        ("a%2fb/v1", "Foo"),
        ("example.com/v1", "../Foo"),
        ("example.com/v1", "Foo\nBar"),
    ],
)
def test_what_would_lead_elsewhere_is_no_kind(api_version: str, kind: str) -> None:
    (finding,) = validate_objects(
        make_environment(), [make_manifest(kind, "x", api_version=api_version)]
    )
    assert (finding.rule, finding.severity) == ("kind-unknown", Severity.ERROR)


def of_all(manifest: Manifest, kubernetes: str = "1.36") -> list[tuple[str, str]]:
    findings = validate_objects(make_environment(kubernetes=kubernetes), [manifest])
    return [(item.rule, item.message.partition(": ")[2]) for item in findings]


def pod(**spec: JsonValue) -> Manifest:
    container: JsonObject = {"name": "a", "image": "x"}
    return make_manifest("Pod", "web", spec={"containers": [container], **spec})


@pytest.mark.parametrize("kubernetes", ["1.25", "1.36"])  # an old schema says it in other words
def test_items_that_the_server_cannot_tell_apart_are_refused(kubernetes: str) -> None:
    def container(**fields: JsonValue) -> JsonValue:
        return {"name": "a", "image": "x", **fields}

    def said(manifest: Manifest) -> list[str]:
        found = of_all(manifest, kubernetes)
        assert {rule for rule, _ in found} <= {"object-repeated"}
        return [message for _, message in found]

    twice: JsonValue = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
    place = "spec.containers[0]"
    assert said(pod(containers=[container(env=twice)])) == [
        f'{place}.env[1]: name "A" stands twice'
    ]
    ports: JsonValue = [
        {"containerPort": 80},
        {"containerPort": 80, "protocol": "UDP"},
        {"containerPort": 80, "protocol": "TCP", "name": "web"},
    ]
    assert said(pod(containers=[container(ports=ports)])) == [
        f'{place}.ports[2]: containerPort 80 and protocol "TCP" stands twice'
    ]
    named: JsonValue = [{"containerPort": 80, "name": "w"}, {"containerPort": 81, "name": "w"}]
    assert said(pod(containers=[container(ports=named)])) == [
        f'{place}.ports[1]: name "w" stands twice'
    ]
    volumes: JsonValue = [{"name": "v", "emptyDir": {}}, {"name": "v", "emptyDir": {}}]
    assert said(pod(volumes=volumes)) == ['spec.volumes[1]: name "v" stands twice']
    assert said(pod(containers=[container(), container()])) == [
        'spec.containers[1]: name "a" stands twice'
    ]
    assert said(pod(initContainers=[container()])) == ['spec.containers[0]: name "a" stands twice']
    service = make_manifest("Service", "s", spec={"ports": [{"port": 1}, {"port": 1}]})
    assert said(service) == ['spec.ports[1]: port 1 and protocol "TCP" stands twice']
    both: JsonValue = [{"port": 1, "name": "w"}, {"port": 2, "name": "w"}]
    assert said(make_manifest("Service", "s", spec={"ports": both})) == [
        'spec.ports[1]: name "w" stands twice'
    ]


def test_a_definition_says_which_items_must_differ() -> None:
    items: JsonObject = {"type": "object", "properties": {"name": {"type": "string"}}}
    properties: JsonObject = {
        "a": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            "items": items,
        },
        "b": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "c": {"type": "array", "items": {"type": "string"}},
    }
    crd = served({"spec": {"type": "object", "properties": properties}})
    same: JsonObject = {"name": "x"}
    assert messages(crd, {"a": [same, same], "b": ["y", "y"], "c": ["z", "z"]}) == [
        'TFJob/train: spec.a[1]: name "x" stands twice',
        'TFJob/train: spec.b[1]: "y" stands twice',
    ]


def test_what_was_exported_from_a_cluster_is_refused() -> None:
    exported: JsonObject = {"uid": "1-2", "resourceVersion": "7", "generation": 2}
    body = make_manifest("Service", "s", spec={"ports": [{"port": 1}]}).body
    metadata: JsonObject = {"name": "s", "namespace": "test", **exported}
    live: JsonObject = {**body, "metadata": metadata, "status": {"loadBalancer": {}}}
    ((rule, message),) = of_all(manifest_of(live))
    fields = "metadata.resourceVersion, metadata.uid, metadata.generation"
    assert rule == "object-exported"
    assert message == f"the API server writes this, not the app: {fields}"


def test_what_a_live_object_was_given_is_refused_where_an_apply_fails_over_it() -> None:
    uid = "batch.kubernetes.io/controller-uid"
    containers: JsonObject = {"containers": [{"name": "c", "image": "x:1"}]}
    template: JsonObject = {
        "metadata": {"labels": {uid: "u"}},
        "spec": {"restartPolicy": "Never", **containers},
    }
    job = make_manifest(
        "Job",
        api_version="batch/v1",
        spec={"selector": {"matchLabels": {uid: "u"}}, "template": template},
    )
    service = make_manifest("Service", spec={"clusterIP": "10.0.0.1", "ports": [{"port": 1}]})
    headless = make_manifest("Service", spec={"clusterIP": "None", "ports": [{"port": 1}]})
    found = validate_objects(make_environment(), [job, service, headless])
    assert [(item.object, item.severity) for item in found if item.rule == "object-exported"] == [
        ("Job/config", Severity.ERROR),
        ("Service/config", Severity.WARNING),
    ]


def test_what_the_server_ignores_is_a_warning_unless_it_is_empty() -> None:
    body = make_manifest("Service", "s", spec={"ports": [{"port": 1}]}).body
    metadata: JsonObject = {"name": "s", "namespace": "test", "creationTimestamp": None}
    assert of_all(manifest_of({**body, "metadata": metadata, "status": {}})) == []
    status: JsonObject = {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}
    findings = validate_objects(make_environment(), [manifest_of({**body, "status": status})])
    assert [(item.rule, item.severity) for item in findings] == [
        ("object-exported", Severity.WARNING)
    ]


def test_the_key_of_an_annotation_must_be_one() -> None:
    for key, found in (("example.com/A", []), ("A", []), ("a//b", ["object-label"])):
        body = make_manifest().body
        metadata: JsonObject = {"name": "a", "namespace": "test", "annotations": {key: "x y"}}
        assert [rule for rule, _ in of_all(manifest_of({**body, "metadata": metadata}))] == found


def test_a_namespace_must_be_one() -> None:
    for name in ("../../x", "a.b", "A", "a" * 64):
        assert [rule for rule, _ in of_all(make_manifest(namespace=name))] == ["object-name"]


def test_the_metadata_of_a_custom_resource_is_checked_too() -> None:
    body: JsonObject = {"apiVersion": "x.io/v1", "kind": "Thing"}
    metadata: JsonObject = {"name": "x", "namespace": "test", "annotations": {"a": 1}, "nmae": "y"}
    found = [
        message
        for rule, message in of_all(manifest_of({**body, "metadata": metadata}))
        if rule == "object-schema"
    ]
    assert found == [
        "metadata.annotations.a: must be a string, got 1",
        'unknown field "nmae" in metadata',
    ]


def test_a_kind_that_the_cluster_defines_can_be_declared() -> None:
    things = [
        make_manifest("Gateway", "g", api_version="gateway.networking.k8s.io/v1"),
        make_manifest("ClusterPolicy", "p", api_version="kyverno.io/v1"),
        make_manifest("Indices", "i", api_version="x.io/v1"),
    ]
    named = ["gateways.gateway.networking.k8s.io", "clusterpolicies.kyverno.io", "indices.x.io"]
    external = [f"CustomResourceDefinition/{name}" for name in named]
    assert validate_objects(make_environment(external=external), things) == []
    found = validate_objects(make_environment(external=external[:1]), things)
    assert [item.object for item in found] == ["ClusterPolicy/p", "Indices/i"]
    assert f"external: [{external[1]}]" in found[0].hint
