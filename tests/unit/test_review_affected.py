"""What waits for the components that a change touches."""

from compiler.model.app import Need
from compiler.model.compiled import CompiledEnvironment
from compiler.model.difference import Difference
from compiler.model.review import EnvironmentReview
from compiler.stages.link.link import link
from compiler.stages.review.review import review_environment
from tests.factories import make_component, make_environment, make_manifest

NEEDS = {"store": (), "train": ("store",), "serve": ("train",), "board": ("store",)}


def compiled(needs: dict[str, tuple[str, ...]], **sizes: str) -> CompiledEnvironment:
    """Compile an app whose components hold a ConfigMap each and wait for one another."""
    components = [
        make_component(name, needs=[Need(component=needed) for needed in all_needed])
        for name, all_needed in needs.items()
    ]
    environment = make_environment(components=components)
    manifests = tuple(
        make_manifest(name=name, component=name, data={"size": sizes.get(name, "1")})
        for name in needs
    )
    return CompiledEnvironment(
        environment=environment, manifests=manifests, dag=link(environment, manifests)
    )


def reached(review: EnvironmentReview) -> dict[str, tuple[Difference | None, list[str]]]:
    return {
        ref.name: (
            review.difference_of(ref.name),
            [each.needed.name for each in review.affected.direct_needs_of(ref)],
        )
        for ref in review.affected.order
    }


def test_what_waits_for_a_change_is_affected_and_what_it_waits_for_is_not() -> None:
    review = review_environment("prod", compiled(NEEDS), compiled(NEEDS, train="2"))
    assert reached(review) == {"train": (Difference.CHANGED, []), "serve": (None, ["train"])}


def test_all_that_waits_however_far_is_affected_in_its_order() -> None:
    review = review_environment("prod", compiled(NEEDS), compiled(NEEDS, store="2"))
    assert list(reached(review)) == ["store", "board", "train", "serve"]
    assert reached(review)["serve"] == (None, ["train"])


def test_what_is_removed_still_has_those_that_waited_for_it() -> None:
    without = {name: tuple(n for n in each if n != "store") for name, each in NEEDS.items()}
    del without["store"]
    review = review_environment("prod", compiled(NEEDS), compiled(without))
    assert reached(review)["store"] == (Difference.REMOVED, [])
    assert reached(review)["train"] == (None, ["store"])


def test_a_new_environment_has_nothing_but_additions() -> None:
    review = review_environment("prod", None, compiled(NEEDS))
    assert {difference for difference, _ in reached(review).values()} == {Difference.ADDED}
    assert reached(review)["board"] == (Difference.ADDED, ["store"])


def test_without_a_change_nothing_is_affected() -> None:
    assert reached(review_environment("prod", compiled(NEEDS), compiled(NEEDS))) == {}
