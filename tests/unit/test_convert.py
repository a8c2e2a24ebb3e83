"""Old objects come out as what a current Kubernetes takes: checked with its own schemas."""

import pytest

from compiler.model.finding import Severity
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, mapping_at, objects_at
from compiler.stages.convert.convert import CHANGES, convert
from compiler.stages.validate.api_versions import RETIREMENTS, REWRITABLE, can_convert
from compiler.stages.validate.objects import validate_objects
from tests.factories import make_environment, make_manifest, manifest_of

TEMPLATE: JsonObject = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"containers": [{"name": "web", "image": "nginx:1.27.3"}]},
}
BINDING: JsonObject = {
    "roleRef": {"kind": "Role", "name": "r"},
    "subjects": [
        {"kind": "User", "name": "jo", "apiVersion": "rbac.authorization.k8s.io/v1alpha1"},
        {"kind": "ServiceAccount", "name": "sa", "namespace": "test"},
    ],
}
OLD: list[tuple[str, str, JsonObject]] = [
    ("extensions/v1beta1", "Deployment", {"spec": {"template": TEMPLATE}}),
    ("extensions/v1beta1", "Deployment", {"spec": {"template": TEMPLATE, "rollbackTo": {}}}),
    ("extensions/v1beta1", "DaemonSet", {"spec": {"template": TEMPLATE, "templateGeneration": 3}}),
    ("apps/v1beta2", "ReplicaSet", {"spec": {"template": TEMPLATE}}),
    ("apps/v1beta1", "StatefulSet", {"spec": {"serviceName": "web", "template": TEMPLATE}}),
    ("rbac.authorization.k8s.io/v1beta1", "RoleBinding", BINDING),
    ("rbac.authorization.k8s.io/v1alpha1", "RoleBinding", BINDING),
    ("rbac.authorization.k8s.io/v1beta1", "Role", {"rules": []}),
    (
        "extensions/v1beta1",
        "Ingress",
        {
            "spec": {
                "backend": {"serviceName": "fallback", "servicePort": "http"},
                "rules": [
                    {"http": {"paths": [{"backend": {"serviceName": "web", "servicePort": 80}}]}},
                    {"host": "nothing.example.com"},
                ],
            }
        },
    ),
    ("batch/v1beta1", "CronJob", {"spec": {"schedule": "* * * * *", "jobTemplate": {}}}),
    (
        "policy/v1beta1",
        "PodDisruptionBudget",
        {"spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}},
    ),
    (
        "autoscaling/v2beta1",
        "HorizontalPodAutoscaler",
        {
            "spec": {
                "maxReplicas": 3,
                "scaleTargetRef": {"kind": "Deployment", "name": "web", "apiVersion": "apps/v1"},
                "metrics": [
                    {
                        "type": "Resource",
                        "resource": {"name": "cpu", "targetAverageUtilization": 80},
                    },
                    {"type": "Pods", "pods": {"metricName": "rps", "targetAverageValue": "1k"}},
                    {
                        "type": "Object",
                        "object": {
                            "metricName": "hits",
                            "targetValue": "10k",
                            "target": {"kind": "Service", "name": "web", "apiVersion": "v1"},
                        },
                    },
                ],
            }
        },
    ),
]
DEFINITION: JsonObject = {
    "spec": {
        "group": "example.k8s.io",
        "version": "v1alpha1",
        "names": {"kind": "Widget", "plural": "widgets"},
        "additionalPrinterColumns": [{"name": "Size", "type": "string", "JSONPath": ".spec.size"}],
        "validation": {
            "openAPIV3Schema": {
                "properties": {
                    "spec": {
                        "properties": {
                            "size": {"minimum": 1},
                            "parts": {"items": {"properties": {"name": {"type": "string"}}}},
                            "any": {"x-kubernetes-group-version-kind": []},
                        }
                    }
                }
            }
        },
    }
}


def old(api_version: str, kind: str, fields: JsonObject, name: str = "web") -> Manifest:
    metadata: JsonObject = {"name": name}
    return manifest_of({"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields})


@pytest.mark.parametrize(("api_version", "kind", "fields"), OLD)
def test_what_is_rewritten_is_valid(api_version: str, kind: str, fields: JsonObject) -> None:
    conversion = convert([old(api_version, kind, fields)], "1.36")
    assert [finding.rule for finding in conversion.findings] == ["api-converted"]
    findings = validate_objects(make_environment(), conversion.manifests)
    assert [item.message for item in findings if item.severity is Severity.ERROR] == []


def test_a_selector_becomes_what_it_was_by_default() -> None:
    (web,) = convert([old(*OLD[0])], "1.36").manifests
    assert web.body["apiVersion"] == "apps/v1"
    assert web.ref.group == "apps"
    assert mapping_at(web.body, "spec", "selector") == {"matchLabels": {"app": "web"}}


def test_a_selector_that_was_said_stays() -> None:
    selector: JsonObject = {"matchLabels": {"tier": "front"}}
    spec: JsonObject = {"selector": selector, "template": TEMPLATE}
    (web,) = convert([old("apps/v1beta1", "Deployment", {"spec": spec})], "1.36").manifests
    assert mapping_at(web.body, "spec", "selector") == selector


def test_a_definition_gets_a_structural_schema_that_keeps_unknown_fields() -> None:
    crd = old("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", DEFINITION, "widgets.x")
    conversion = convert([crd], "1.36")
    (found,) = conversion.manifests
    (version,) = objects_at(found.body, "spec", "versions")
    schema = mapping_at(version, "schema", "openAPIV3Schema")
    spec = mapping_at(schema, "properties", "spec")
    assert (schema["type"], spec["type"]) == ("object", "object")
    assert spec["x-kubernetes-preserve-unknown-fields"] is True
    assert mapping_at(spec, "properties", "any") == {"x-kubernetes-preserve-unknown-fields": True}
    assert mapping_at(spec, "properties", "parts")["type"] == "array"
    assert objects_at(version, "additionalPrinterColumns")[0]["jsonPath"] == ".spec.size"
    assert "api-approved.kubernetes.io" in found.annotations
    findings = validate_objects(make_environment(), [found])
    assert [item.message for item in findings if item.severity is Severity.ERROR] == []


def test_what_is_still_served_stays_as_it_is() -> None:
    manifests = [
        old(*OLD[0]),
        make_manifest("Deployment", "new", api_version="apps/v1"),
        make_manifest("Endpoints", "old"),
    ]
    conversion = convert(manifests, "1.15")
    assert conversion.manifests == manifests
    assert conversion.findings == []


def test_the_input_is_not_changed() -> None:
    before = old(*OLD[0])
    convert([before], "1.36")
    assert before.api_version == "extensions/v1beta1"
    assert "selector" not in mapping_at(before.body, "spec")


def test_what_is_said_to_be_rewritten_is() -> None:
    assert CHANGES.keys() == REWRITABLE


def test_only_what_needs_more_than_the_object_says_cannot_be_rewritten() -> None:
    cannot = {
        kind
        for api_version, kinds in RETIREMENTS.items()
        for kind, retirement in kinds.items()
        if retirement.removed and not can_convert(api_version, kind)
    }
    assert cannot == {
        "CSIDriver",
        "CSINode",
        "CSIStorageCapacity",
        "CertificateSigningRequest",
        "EndpointSlice",
        "Event",
        "FlowSchema",
        "MutatingWebhookConfiguration",
        "PodSecurityPolicy",
        "PriorityLevelConfiguration",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    }


def test_fields_that_old_servers_dropped_are_dropped() -> None:
    """Kubeflow's tf-serving set fsGroup on a container, and old API servers never said a word."""
    container: JsonObject = {"name": "web", "image": "nginx:1.27.3", "securityContext": {}}
    context: JsonObject = {"fsGroup": 1000, "runAsUser": 1000}
    wrong: JsonObject = {**container, "name": "side", "securityContext": context}
    template: JsonObject = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [container, wrong]},
    }
    conversion = convert(
        [old("extensions/v1beta1", "Deployment", {"spec": {"template": template}})], "1.36"
    )
    (web,) = conversion.manifests
    place = "spec.template.spec.containers[1].securityContext.fsGroup"
    assert f"{place}: dropped, a Deployment has no such field" in conversion.findings[0].notes
    spec = mapping_at(web.body, "spec", "template", "spec")
    assert objects_at(spec, "containers")[1]["securityContext"] == {"runAsUser": 1000}
    assert not [item for item in validate_objects(make_environment(), [web]) if item.is_error]


def test_a_namespace_on_what_lives_outside_namespaces_is_dropped() -> None:
    role = make_manifest("ClusterRole", "ui", api_version="rbac.authorization.k8s.io/v1", rules=[])
    crd = make_manifest(
        "CustomResourceDefinition",
        "widgets.example.com",
        api_version="apiextensions.k8s.io/v1",
        spec={"group": "example.com", "names": {"kind": "Widget"}, "scope": "Cluster"},
    )
    widget = make_manifest("Widget", "w", api_version="example.com/v1")
    kept = make_manifest("Service", "web")
    conversion = convert([role, crd, widget, kept], "1.36")
    assert [item.ref.namespace for item in conversion.manifests] == ["", "", "", "test"]
    assert "namespace" not in mapping_at(conversion.manifests[0].body, "metadata")
    messages = [item.message for item in conversion.findings]
    assert messages[0] == (
        'ClusterRole/ui: a ClusterRole lives outside namespaces; "test" was removed'
    )
