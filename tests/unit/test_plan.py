"""The plan of an apply: what waits for what among the objects that are applied."""

from compiler.model.app import Goal
from compiler.model.change import Action, Comparison, ObjectChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.manifest import Manifest
from compiler.model.plan import Plan, TargetIdentity
from compiler.model.release import ReleaseVerb
from compiler.stages.link.link import link
from compiler.stages.plan import PlanSettings, build_plan
from tests.factories import make_environment, make_manifest

NAMESPACE = make_manifest("Namespace", "test", namespace="")
ACCOUNT = make_manifest("ServiceAccount", "runner")
ROLE = make_manifest("Role", "runner", api_version="rbac.authorization.k8s.io/v1", rules=[])


SETTINGS = PlanSettings(
    verb=ReleaseVerb.APPLY,
    target=TargetIdentity(server="https://api", ca="", namespace="test"),
    destination="a cluster",
    after=3,
    digest="sha256:1",
    wait=False,
)


def plan_of(
    compiled: list[Manifest], touched: list[Manifest], action: Action = Action.CREATE
) -> Plan:
    environment = make_environment()
    changes = [
        ObjectChange(manifest=item, action=action, before=None, after=item.body) for item in touched
    ]
    return build_plan(
        CompiledEnvironment(
            environment=environment, manifests=tuple(compiled), dag=link(environment, compiled)
        ),
        Comparison(changes=tuple(changes)),
        SETTINGS,
    )


def test_what_is_not_applied_is_not_waited_for() -> None:
    plan = plan_of([NAMESPACE, ACCOUNT, ROLE], [ROLE])
    assert [(step.ref, step.needs) for step in plan.steps] == [(ROLE.ref, ())]


def test_a_namespace_that_the_comparison_added_is_waited_for() -> None:
    plan = plan_of([ACCOUNT], [NAMESPACE, ACCOUNT])
    namespace, account = plan.steps
    assert [need.needed for need in account.needs] == [NAMESPACE.ref]
    assert namespace.until == Goal.READY


def test_what_goes_waits_until_all_that_needs_it_is_gone() -> None:
    plan = plan_of([NAMESPACE, ACCOUNT], [ACCOUNT, NAMESPACE], Action.DELETE)
    account, namespace = plan.steps
    assert (account.needs, account.until) == ((), Goal.GONE)
    assert [(need.needed, need.until) for need in namespace.needs] == [(ACCOUNT.ref, Goal.GONE)]


def test_what_is_kept_holds_nothing_up() -> None:
    environment = make_environment()
    changes = [
        ObjectChange(manifest=item, action=action, before=None, after=item.body)
        for item, action in ((ACCOUNT, Action.KEEP), (NAMESPACE, Action.DELETE))
    ]
    objects = (NAMESPACE, ACCOUNT)
    compiled = CompiledEnvironment(
        environment=environment, manifests=objects, dag=link(environment, objects)
    )
    plan = build_plan(compiled, Comparison(changes=tuple(changes)), SETTINGS)
    assert [step.needs for step in plan.steps] == [(), ()]
    assert [step.until for step in plan.steps] == [Goal.PRESENT, Goal.GONE]


def test_a_plan_says_what_it_is_for_and_what_it_was_made_on() -> None:
    plan = plan_of([ACCOUNT], [ACCOUNT])
    assert (plan.target, plan.after, plan.owner) == (
        SETTINGS.target,
        3,
        make_environment().owner,
    )
