"""The rules that definitions write in CEL are asked before a server is: where that can be done."""

import pytest

from compiler.model.json import JsonObject, JsonValue
from compiler.stages.validate.cel_rules import RULES, broken_rules
from compiler.stages.validate.custom_resources import crd_schemas
from compiler.stages.validate.defaults import defaulted
from tests.factories import make_manifest


def rule(expression: str, message: str = "") -> JsonObject:
    return {"rule": expression, "message": message} if message else {"rule": expression}


def broken(value: JsonValue, schema: JsonObject) -> list[tuple[tuple[str | int, ...], str]]:
    return [(item.path, item.message) for item in broken_rules(value, schema)]


SCHEMA: JsonObject = {
    RULES: [rule("self.metadata.name.size() < 5", "too long")],
    "properties": {
        "spec": {
            RULES: [rule("!(has(self.a) && has(self.b))")],
            "properties": {
                "list": {"items": {RULES: [rule("self > 1", "more than one")]}},
                "map": {"additionalProperties": {RULES: [rule("self.startsWith('x')", "x first")]}},
            },
        }
    },
}


def test_every_rule_is_named_where_it_is_broken() -> None:
    spec: JsonObject = {"a": 1, "b": 2, "list": [2, 1], "map": {"k": "y", "l": "xy"}}
    assert broken({"metadata": {"name": "longer"}, "spec": spec}, SCHEMA) == [
        ((), "too long"),
        (("spec",), "it breaks the rule !(has(self.a) && has(self.b))"),
        (("spec", "list", 1), "more than one"),
        (("spec", "map", "k"), "x first"),
    ]
    assert broken({"metadata": {"name": "a"}, "spec": {"a": 1}}, SCHEMA) == []


@pytest.mark.parametrize(
    "expression",
    [
        "self.a == oldSelf.a",  # only a server knows what was there
        "quantity(self.a).isLessThan(quantity('1'))",  # of Kubernetes' own library
        "self.missing.field == 1",  # the server says that it cannot be evaluated
        "self.a + 'text' == 1",
        "self.a ==",
        "self.a",  # gives no yes or no
    ],
)
def test_what_cannot_be_asked_here_is_left_to_the_server(expression: str) -> None:
    assert broken({"a": 1}, {RULES: [rule(expression)]}) == []


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"nodeTaints": [{"key": "a", "value": "b", "effect": "NoSchedule"}]}, ""),
        ({"topologyName": "racks", "nodeLabels": {}}, "at least one nodeLabel is required"),
        (
            {"tolerations": [{"operator": "Exists", "value": "a", "key": "b"}]},
            "a value must be empty",
        ),
    ],
)
def test_the_rules_of_definitions_that_ship_are_asked(spec: JsonObject, words: str) -> None:
    flavor = make_manifest(
        "ResourceFlavor", "a", api_version="kueue.x-k8s.io/v1beta2", namespace="", spec=spec
    )
    schema = crd_schemas([flavor])[flavor.api_version, flavor.ref.kind].schema
    said = " ".join(message for _, message in broken(defaulted(flavor.body, schema), schema))
    assert (words in said) if words else (said == "")
