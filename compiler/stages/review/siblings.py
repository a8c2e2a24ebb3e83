"""The rules about what an app declares of its environments: which are alike, which are frozen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from compiler.model.finding import Finding
from compiler.model.review import EnvironmentReview, ParameterChange, ReviewState
from compiler.model.source import SourceSpan
from compiler.stages.promotion import matches
from compiler.stages.review.parameters import DEFAULT_LAYER
from compiler.stages.review.rules import listed, raised


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What is known of an environment without compiling it.

    Attributes:
        layers: Names of what it is made of, weakest first, itself last.
        components: Names of the components that it has.
        differs: Parameters that are declared to differ from other environments, with wildcards.
        freeze: Why nothing may be promoted into it; empty when something may.
        freeze_span: Where that is written.
    """

    layers: tuple[str, ...]
    components: frozenset[str]
    differs: tuple[str, ...] = ()
    freeze: str = ""
    freeze_span: SourceSpan | None = None


def frozen(review: EnvironmentReview, declared: Declared) -> Iterator[Finding]:
    """Yield a finding when an environment changes that its own file calls frozen."""
    if declared.freeze and (review.parameters or review.objects):
        message = f"the environment is frozen, and changes: {declared.freeze}"
        finding = raised(rule="review-frozen", message=message, hint="wait, or remove the freeze")
        yield replace(finding, span=declared.freeze_span)


def one_environment(
    review: EnvironmentReview,
    all_reviews: Sequence[EnvironmentReview],
    declared: Mapping[str, Declared],
) -> Iterator[tuple[ParameterChange, Finding]]:
    """Yield each parameter that changes here, but not where the same base is extended."""
    if review.state is not ReviewState.CHANGED:
        return
    # What is not compared has not changed, unless it could not be: then nobody knows.
    unknown = {item.name for item in all_reviews if item.state is not ReviewState.CHANGED}
    changed = {item.name: {each.path for each in item.parameters} for item in all_reviews}
    for change in review.parameters:
        if matches(change.path, declared[review.name].differs):
            continue
        others = [
            name
            for name, other in declared.items()
            if name not in unknown
            and _is_sibling(declared[review.name], other)
            and change.component in other.components
            and not matches(change.path, other.differs)
        ]
        same = [name for name in others if change.path not in changed.get(name, set())]
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
