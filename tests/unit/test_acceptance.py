"""What is accepted at a glance is what all checks accept, whatever is done to an object."""

import copy
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, manifest_of
from compiler.stages.validate.acceptance import acceptance_of
from compiler.stages.validate.json_schema import Checker
from compiler.stages.validate.kubernetes_schemas import schemas_for
from compiler.stages.validate.metadata import (
    check_generated,
    check_labels,
    check_metadata,
    check_name,
)
from compiler.stages.validate.quantities import check_quantities
from compiler.stages.validate.repeated import repeated_items, repeated_names
from compiler.verbs.compile import compile_environment
from tests.factories import load

ROOT = Path(__file__).parents[2]
SCHEMAS = schemas_for("1.36")
# fmt: off
ODD: list[JsonValue] = [
    None, True, False, 0, 1, -1, 1.0, 0.5, 2**53, 2**64, 10**30, 1e300, "", "a", "A", "1", "1Gi",
    "-1Gi", "1 Gi", "true", "a.b", "a_b", "a/b", "a/b/c", "A/b", "-a", "a-", "a\n", "\n", "é",
    "a b", "x" * 64, "x" * 254, "\ud800", "None", [], {}, [None], ["a", "a"], {"a": "b"}, [[["a"]]],
    [{"name": "a"}, {"name": "a"}], {"requests": {"cpu": "much"}}, {"limits": {"cpu": 1}}, "٣",
    [{"containerPort": 1}, {"containerPort": 1, "protocol": "TCP"}], [{"port": 1}, {"port": 1}],
]
KEYS = [
    "resources", "status", "labels", "annotations", "uid", "ownerReferences", "finalizers", "name",
    "selector", "clusterIP", "clusterIPs", "kuplet.dev/generate", "creationTimestamp", "namespace",
    "deployment.kubernetes.io/revision", "A/b", "a b", "a", "", "ports", "env", "initContainers",
    "managedFields",
]
# fmt: on


@cache
def originals() -> list[Manifest]:
    """Return an object of every kind that the examples have, and some that they do not."""
    found: dict[tuple[str, str], Manifest] = {}
    for root, name in ((ROOT, "staging"), (ROOT, "prod"), (ROOT / "examples/vision", "staging")):
        for item in compile_environment(load(root), name).manifests:
            if SCHEMAS.checker(item.api_version, item.ref.kind):
                found.setdefault((item.api_version, item.ref.kind), item)
    pods = {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a"}]}}}
    for kind, spec in (
        ("Job", pods),
        ("CronJob", {"schedule": "* * * * *", "jobTemplate": {"spec": pods}}),
    ):
        body: JsonObject = {"apiVersion": "batch/v1", "kind": kind, "metadata": {"name": "a"}}
        found["batch/v1", kind] = manifest_of({**body, "spec": spec})  # type: ignore[dict-item]
    return [found[key] for key in sorted(found)]


def in_words(manifest: Manifest) -> list[Finding]:
    """Return what the checks of a single object say."""
    schema = SCHEMAS.schema(manifest.api_version, manifest.ref.kind)
    return [
        *repeated_items(manifest.body, schema),
        *check_name(manifest),
        *check_metadata(manifest),
        *repeated_names(manifest),
        *check_labels(manifest),
        *check_quantities(manifest.body),
        *check_generated(manifest),
    ]


def places(value: JsonValue) -> list[JsonObject | list[JsonValue]]:
    """Return every object and list in a value, itself first."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value] if isinstance(value, dict | list) else []
    return [*own, *(place for item in items for place in places(item))]


@st.composite
def changed(draw: st.DrawFn) -> Manifest:
    original = draw(st.sampled_from(originals()))
    body = copy.deepcopy(original.body)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places(body)))
        value = copy.deepcopy(draw(st.sampled_from(ODD)))
        is_other = draw(st.booleans())
        if isinstance(place, dict):
            key = draw(st.sampled_from([*KEYS, *sorted(place)]))
            place[key] = value
            if is_other:
                del place[key]
        else:
            place.append(copy.deepcopy(place[0]) if is_other and place else value)
    return Manifest(ref=manifest_of(body).ref, body=body, origin=original.origin)


@given(changed())
def test_nothing_is_accepted_that_a_check_has_a_word_about(manifest: Manifest) -> None:
    acceptance = acceptance_of(SCHEMAS, manifest)
    if acceptance and acceptance.accepts(manifest):
        checker = SCHEMAS.checker(manifest.api_version, manifest.ref.kind)
        assert checker
        assert list(checker._slow.iter_errors(manifest.body)) == []
        assert in_words(manifest) == []


@given(changed())
def test_both_validators_are_of_one_mind(manifest: Manifest) -> None:
    checker = SCHEMAS.checker(manifest.api_version, manifest.ref.kind)
    if checker is None:
        return
    is_sound = not list(checker._slow.iter_errors(manifest.body))
    assert checker.accepts(manifest.body) <= is_sound
    assert is_sound == (not checker.violations(manifest.body))


@pytest.mark.parametrize("manifest", originals(), ids=lambda item: str(item.ref))
def test_what_people_write_is_accepted_at_a_glance(manifest: Manifest) -> None:
    acceptance = acceptance_of(SCHEMAS, manifest)
    assert acceptance
    assert acceptance.accepts(manifest) or "generate" in str(manifest.annotations)


def test_a_schema_that_only_one_of_them_understands_is_asked_in_words() -> None:
    checker = Checker({"pattern": "(?P<x>a)(?P=x)"})
    assert not checker.violations("aa")
    assert [item.message for item in checker.violations("ab")]
    assert Checker({"type": "string"}).violations("\ud800") == []
