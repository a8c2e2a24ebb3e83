"""What validation says of custom resources."""

from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest
from compiler.stages.validate.objects import validate_objects
from tests.factories import make_environment, make_manifest


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
    assert messages(crd, spec={"mode": None, "old": None}) == []  # null is as good as nothing
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
