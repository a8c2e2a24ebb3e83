"""Which rule decides who wins where others own a field."""

from pathlib import Path

import pytest

from compiler.model.conflict import ConflictPolicy, ConflictRule
from compiler.stages.conflicts import path_problem, rule_for, strictest
from compiler.verbs.compile import resolve_environment
from tests.factories import SPAN, load, write_app

IMAGE = "spec.template.spec.containers[main].image"
TAKE, LEAVE, FAIL = ConflictPolicy.TAKE, ConflictPolicy.LEAVE, ConflictPolicy.FAIL


@pytest.mark.parametrize(
    ("criteria", "fits"),
    [
        ({"kind": "Deployment"}, True),
        ({"kind": "Deploy*"}, True),
        ({"kind": "StatefulSet"}, False),
        ({"path": IMAGE}, True),
        ({"path": "spec.template"}, True),  # what lies below belongs to it
        ({"path": f"{IMAGE}.more"}, False),
        ({"path": "spec.templates"}, False),
        ({"path": "spec.template.spec.containers[*].image"}, True),
        ({"path": "spec.*.spec.containers[m*]"}, True),
        ({"path": "spec.*.image"}, False),  # one star is one step
        ({"manager": "kubectl*"}, True),
        ({"manager": "kubectl"}, False),
        ({"kind": "Deployment", "path": "spec", "manager": "kubectl-edit"}, True),
        ({"kind": "Deployment", "path": "metadata", "manager": "kubectl-edit"}, False),
    ],
)
def test_a_rule_fits_where_all_its_criteria_do(criteria: dict[str, str], *, fits: bool) -> None:
    rule = ConflictRule(policy=LEAVE, span=SPAN, **criteria)
    assert (rule_for([rule], "Deployment", IMAGE, "kubectl-edit") is rule) is fits


def test_names_with_dots_are_one_step() -> None:
    rule = ConflictRule(policy=LEAVE, span=SPAN, path='metadata.annotations["example.com/*"]')
    for path, fits in {
        'metadata.annotations["example.com/a"]': True,
        'metadata.annotations["other.com/a"]': False,
        "metadata.annotations.example": False,
    }.items():
        assert (rule_for([rule], "ConfigMap", path, "x") is rule) is fits


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        *((path, True) for path in (IMAGE, "spec", "data.mode", 'data["a.b"]', "spec.list[0]")),
        *((path, False) for path in (".spec", "spec.", "spec..a", "spec[", "a]b", "[main]")),
        *((path, False) for path in ("status", "status.phase", "kind", "metadata.name")),
        *((path, True) for path in ("metadata", "metadata.labels", "spec.status")),
    ],
)
def test_a_path_that_no_conflict_can_have_is_refused(path: str, *, is_one: bool) -> None:
    assert (path_problem(path) == "") is is_one


def test_of_several_owners_the_most_careful_policy_counts() -> None:
    assert strictest([TAKE, LEAVE]) is LEAVE
    assert strictest([LEAVE, FAIL, TAKE]) is FAIL
    assert strictest([TAKE]) is TAKE


def test_rules_of_an_environment_come_before_those_that_it_extends(tmp_path: Path) -> None:
    rule = "conflicts: [{{path: data, policy: {policy}}}]\n"
    files = {
        "environments/base.yaml": f"abstract: true\n{rule.format(policy='take')}",
        "environments/test.yaml": f"extends: base\n{rule.format(policy='leave')}",
    }
    found = resolve_environment(load(write_app(tmp_path, files)), "test").conflicts
    assert [(item.policy, item.span.file) for item in found] == [
        (LEAVE, "environments/test.yaml"),
        (TAKE, "environments/base.yaml"),
    ]
