"""The plan of an apply: what waits for what among the objects that are applied."""

from compiler.model.app import Goal
from compiler.model.change import Action, Comparison, ObjectChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.manifest import Manifest
from compiler.model.plan import Plan
from compiler.stages.link.link import link
from compiler.stages.plan import build_plan
from tests.factories import make_environment, make_manifest

NAMESPACE = make_manifest("Namespace", "test", namespace="")
ACCOUNT = make_manifest("ServiceAccount", "runner")
ROLE = make_manifest("Role", "runner", api_version="rbac.authorization.k8s.io/v1", rules=[])


def plan_of(compiled: list[Manifest], applied: list[Manifest]) -> Plan:
    environment = make_environment()
    changes = [
        ObjectChange(manifest=item, action=Action.CREATE, before=None, after=item.body)
        for item in applied
    ]
    return build_plan(
        CompiledEnvironment(
            environment=environment, manifests=tuple(compiled), dag=link(environment, compiled)
        ),
        Comparison(changes=tuple(changes)),
        "a cluster",
        wait=False,
    )


def test_what_is_not_applied_is_not_waited_for() -> None:
    plan = plan_of([NAMESPACE, ACCOUNT, ROLE], [ROLE])
    assert [(step.ref, step.needs) for step in plan.steps] == [(ROLE.ref, ())]


def test_a_namespace_that_the_comparison_added_is_waited_for() -> None:
    plan = plan_of([ACCOUNT], [NAMESPACE, ACCOUNT])
    namespace, account = plan.steps
    assert [need.needed for need in account.needs] == [NAMESPACE.ref]
    assert namespace.until == Goal.READY
