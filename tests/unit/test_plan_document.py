"""A plan as a document: nothing is lost, and no value of a Secret is in it."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.errors import AppError
from compiler.model.app import Goal
from compiler.model.change import Action, FieldChange
from compiler.model.dag import Dependency
from compiler.model.json import JsonValue
from compiler.model.manifest import Manifest, ObjectRef, Origin
from compiler.model.owner import Owner
from compiler.model.plan import Plan, Seen, Step, TargetIdentity
from compiler.model.release import ReleaseVerb
from compiler.model.secret import is_secret
from compiler.model.source import SourceSpan
from compiler.stages.plan_document import plan_document, plan_of
from tests.factories import make_manifest, make_plan

HIDDEN = "hidden-in-plain-sight"
TEXT = st.text(max_size=8)
NUMBER = st.integers(min_value=0, max_value=2**40)
JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
REFS = st.builds(ObjectRef, TEXT, TEXT, TEXT, TEXT)
SPANS = st.builds(SourceSpan, st.text(min_size=1), NUMBER, NUMBER, NUMBER, TEXT)
GOALS = st.sampled_from(Goal)


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    name = draw(st.text(min_size=1, max_size=8))
    if draw(st.booleans()):
        value = base64.b64encode(HIDDEN.encode()).decode()
        made = make_manifest("Secret", name, data={"key": value}, stringData={"text": HIDDEN})
        excerpt = f"stringData: {{text: {HIDDEN}}}"
        origin = Origin(
            component=draw(TEXT), file=draw(TEXT), span=SourceSpan("x", 1, 2, 3, excerpt)
        )
    else:
        made = make_manifest("ConfigMap", name, data=draw(JSON))
        origin = Origin(
            component=draw(TEXT), file=draw(TEXT), path=draw(TEXT), span=draw(st.none() | SPANS)
        )
    return Manifest(ref=made.ref, body=made.body, origin=origin)


@st.composite
def steps(draw: st.DrawFn) -> Step:
    manifest = draw(manifests())
    return Step(
        manifest=manifest,
        action=draw(st.sampled_from(Action)),
        seen=draw(st.none() | st.builds(Seen, uid=TEXT, resource_version=TEXT)),
        needs=tuple(
            Dependency(
                dependent=manifest.ref,
                needed=draw(REFS),
                until=draw(GOALS),
                reason=draw(TEXT),
                span=draw(st.none() | SPANS),
                is_soft=draw(st.booleans()),
            )
            for _ in range(draw(st.integers(0, 2)))
        ),
        until=draw(GOALS),
        is_forced=draw(st.booleans()),
        is_last=draw(st.booleans()),
        fields=tuple(
            draw(st.lists(st.builds(FieldChange, path=TEXT, before=JSON, after=JSON), max_size=2))
        ),
        generates=tuple(draw(st.lists(TEXT, max_size=2))),
        leftover=tuple(draw(st.lists(TEXT, max_size=2))),
        why=draw(TEXT),
    )


PLANS = st.builds(
    Plan,
    app=TEXT,
    environment=TEXT,
    destination=TEXT,
    target=st.builds(TargetIdentity, server=TEXT, ca=TEXT, namespace=TEXT),
    owner=st.builds(Owner, TEXT, TEXT, TEXT),
    after=NUMBER,
    digest=TEXT,
    steps=st.lists(steps(), max_size=3, unique_by=lambda step: step.ref).map(tuple),
    grace_period_s=st.none() | NUMBER,
    verb=st.sampled_from(ReleaseVerb),
    keep=st.integers(1, 2**40),
)


@given(PLANS)
def test_a_plan_is_read_back_as_it_was_written(plan: Plan) -> None:
    text = json.dumps(plan_document(plan))
    assert HIDDEN not in text
    assert base64.b64encode(HIDDEN.encode()).decode() not in text
    secrets = [step.manifest for step in plan.steps if is_secret(step.manifest.body)]
    assert plan_of(json.loads(text), secrets) == plan


@pytest.mark.parametrize(
    "secrets", [[], [make_manifest("Secret", "token", data={"other": "eA=="})]]
)
def test_a_secret_that_is_missing_or_another_one_is_refused(secrets: list[Manifest]) -> None:
    secret = make_manifest("Secret", "token", data={"key": "eA=="})
    step = Step(manifest=secret, action=Action.CREATE)
    plan = make_plan(step)
    with pytest.raises(AppError, match="Secret/test/token"):
        plan_of(plan_document(plan), secrets)


@pytest.mark.parametrize("document", [{}, {"apiVersion": "kuplet.dev/v2", "kind": "PlanFile"}])
def test_what_is_no_plan_is_refused(document: dict[str, JsonValue]) -> None:
    with pytest.raises(AppError, match="no plan"):
        plan_of(document)
