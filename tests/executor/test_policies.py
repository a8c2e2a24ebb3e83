"""What the server's messages call a field, and which fields its policies speak of."""

import pytest

from compiler.executor.policies import with_policy_fields
from compiler.model.change import Refusal, RefusedPart
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.stages.diff import path_in
from tests.executor.fake_cluster import FakeCluster
from tests.factories import make_pod_owner

POD: JsonObject = {"containers": [{"name": "side"}, {"name": "main", "args": ["a", "b"]}]}
DEPLOYMENT = make_pod_owner(pod=POD)


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("spec.replicas", "spec.replicas"),
        ("spec.template.spec.containers[1].image", "spec.template.spec.containers[main].image"),
        ("spec.template.spec.containers[1].args[0]", "spec.template.spec.containers[main].args[0]"),
        ("spec.template.spec.containers[7].image", "spec.template.spec.containers[7].image"),
        ("metadata.labels[example.com/team]", 'metadata.labels["example.com/team"]'),
        ("spec.template.spec.volumes[0].name", "spec.template.spec.volumes.0.name"),
        ("", ""),
    ],
)
def test_a_field_of_a_message_is_written_as_differences_write_it(field: str, path: str) -> None:
    assert path_in(DEPLOYMENT.body, field) == path


def fields(said: str, *rules: JsonValue, variables: list[JsonValue] | None = None) -> set[str]:
    cluster = FakeCluster()
    spec: JsonObject = {"validations": [*rules], "variables": variables or []}
    policy: JsonObject = {"metadata": {"name": "p"}, "spec": spec}
    head: JsonObject = {"apiVersion": "admissionregistration.k8s.io/v1"}
    cluster.apply({**head, "kind": "ValidatingAdmissionPolicy", **policy})
    message = f"ValidatingAdmissionPolicy 'p' with binding 'b' denied request: {said}"
    refusal = Refusal(
        manifest=DEPLOYMENT,
        finding=Finding(rule="object-rejected", message=message),
        parts=(RefusedPart(message=message),),
    )
    return set(with_policy_fields(cluster, refusal).parts[0].paths)


def test_only_the_rules_of_a_policy_that_spoke_are_read() -> None:
    few: JsonObject = {"expression": "object.spec.replicas <= 5", "message": "too many"}
    named: JsonObject = {"expression": "object.metadata.labels['a/b'] == 'x'"}
    assert fields("too many", few, named) == {"spec.replicas"}
    assert fields("failed expression: object.metadata.labels['a/b'] == 'x'", few, named) == {
        'metadata.labels["a/b"]'
    }
    computed: JsonObject = {"expression": "has(object.spec.paused)", "messageExpression": "'x'"}
    assert fields("whatever", few, computed) == {"spec.paused"}


def test_variables_are_read_and_functions_and_the_old_object_are_no_fields() -> None:
    rule: JsonObject = {
        "expression": "variables.all && oldObject.spec.x == 1 && object.kind == 'Deployment'",
        "message": "no",
    }
    inner: JsonObject = {"name": "all", "expression": "object.spec.list.all(x, variables.all)"}
    assert fields("no", rule, variables=[inner]) == {"spec.list"}


def test_a_policy_that_cannot_be_found_names_no_field() -> None:
    assert fields("no") == set()
