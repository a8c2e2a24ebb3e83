"""The rules about what an app declares of its environments: alike, frozen, renamed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from compiler.model.finding import Finding
from compiler.model.review import EnvironmentReview, ParameterChange, ReviewState
from compiler.model.source import SourceSpan
from compiler.stages.promotion.promotion import matches
from compiler.stages.review.parameters import DEFAULT_LAYER
from compiler.stages.review.rules import listed, raised
from compiler.stages.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What is known of an environment without compiling it.

    Attributes:
        layers: Names of what it is made of, weakest first, itself last.
        components: Names of the components that it has.
        differs: Parameters that are declared to differ from other environments, with wildcards.
        place: Where it is applied: context, server and namespace.
        freeze: Why nothing may be promoted into it; empty when something may.
        freeze_span: Where that is written.
    """

    layers: tuple[str, ...]
    components: frozenset[str]
    differs: tuple[str, ...] = ()
    place: tuple[str, str, str] = ("", "", "")
    freeze: str = ""
    freeze_span: SourceSpan | None = None


def removed(
    review: EnvironmentReview, before: Mapping[str, Declared], after: Mapping[str, Declared]
) -> Iterator[Finding]:
    """Yield a finding for an environment that is removed, or has another name now."""
    if review.state is not ReviewState.REMOVED:
        return
    place = before[review.name].place if review.name in before else None
    heirs = [name for name, item in after.items() if name not in before and item.place == place]
    count = counted(len(review.objects), "object")
    if heirs:
        message = f'the environment is called "{heirs[0]}" now: its {count} belong to the old name'
        hint = f"let it take them over: kuplet apply {heirs[0]} --adopt"
    else:
        message = f"the environment is removed: its {count} stay in the cluster"
        hint = f"delete them while the files are there: kuplet delete {review.name}"
    yield raised(rule="review-removed", message=message, hint=hint)


def frozen(
    review: EnvironmentReview, before: Declared | None, after: Declared | None
) -> Iterator[Finding]:
    """Yield a finding when an environment changes that its file calls frozen, or did until now."""
    sides = [side for side in (after, before) if side and side.freeze]
    if sides and (review.parameters or review.objects):
        message = f"the environment is frozen, and changes: {sides[0].freeze}"
        hint = "wait, or remove the freeze in a change of its own"
        finding = raised(rule="review-frozen", message=message, hint=hint)
        yield replace(finding, span=after.freeze_span if after else None)


def one_environment(
    review: EnvironmentReview,
    all_reviews: Sequence[EnvironmentReview],
    declared: Mapping[str, Declared],
) -> Iterator[tuple[ParameterChange, Finding]]:
    """Yield each parameter that changes here, but not where the same base is extended."""
    if review.state is not ReviewState.CHANGED or review.name not in declared:
        return
    # What is not compared has not changed, unless it could not be: then nobody knows.
    unknown = {item.name for item in all_reviews if item.state is not ReviewState.CHANGED}
    changed = {item.name: {each.ref for each in item.parameters} for item in all_reviews}
    for change in review.parameters:
        if change.component in review.components or matches(
            change.ref, declared[review.name].differs
        ):
            continue
        others = [
            name
            for name, other in declared.items()
            if name not in unknown
            and _is_sibling(declared[review.name], other)
            and change.component in other.components
            and not matches(change.ref, other.differs)
        ]
        same = [name for name in others if change.ref not in changed.get(name, set())]
        layer = change.after.layer if change.after else DEFAULT_LAYER
        if same:
            message = f'"{change.path}" changes here, but not in {listed(sorted(same))}'
            hint = "" if layer == DEFAULT_LAYER else f'it is set by "{layer}"'
            field = f"parameter {change.path}"
            yield (
                change,
                raised(rule="review-one-environment", message=message, field=field, hint=hint),
            )


def _is_sibling(mine: Declared, other: Declared) -> bool:
    """Return whether two environments extend the same; one without a base has no siblings."""
    return (
        mine.layers != other.layers and len(mine.layers) > 1 and mine.layers[:1] == other.layers[:1]
    )
