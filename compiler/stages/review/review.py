"""Judges what changes between two compiles of one environment."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from compiler.model.app import Environment, ReadinessRule
from compiler.model.compiled import CompiledEnvironment
from compiler.model.conflict import ConflictRule
from compiler.model.difference import Difference, ObjectDifference
from compiler.model.finding import Finding
from compiler.model.manifest import ObjectRef
from compiler.model.ref import ParameterRef
from compiler.model.review import (
    EnvironmentReview,
    ParameterChange,
    ReviewState,
    SourceChange,
    SourceKind,
)
from compiler.stages.leaving import renewed, replaceable
from compiler.stages.review.access import rights, secret_references
from compiler.stages.review.affected import affected
from compiler.stages.review.causes import NO_EVIDENCE, Evidence, cause_of, with_causes
from compiler.stages.review.declared import Declared, frozen, one_environment, removed
from compiler.stages.review.exposure import exposure
from compiler.stages.review.identity import disappearances
from compiler.stages.review.images import images, mutable_tags
from compiler.stages.review.immutable import recreations, replacements
from compiler.stages.review.objects import object_differences
from compiler.stages.review.parameters import parameter_changes, place_of, written
from compiler.stages.review.queues import queues
from compiler.stages.review.resources import resources, totals
from compiler.stages.review.rules import ObjectRule, raised
from compiler.stages.review.storage import storage
from compiler.stages.review.workloads import new_runs, replicas, restarts, training_runs

_NO_RULE = ReadinessRule(group="", kind="")
_SEVERITIES = ("error", "warning", "note")
_OBJECT_RULES: tuple[ObjectRule, ...] = (
    storage,
    recreations,
    training_runs,
    queues,
    rights,
    exposure,
    secret_references,
    mutable_tags,
    images,
    replicas,
    restarts,
)
# What they say of a change is not true where it makes another object.
_OF_SAME_OBJECT: tuple[ObjectRule, ...] = (recreations, training_runs)


def review_environment(
    name: str,
    before: CompiledEnvironment | None,
    after: CompiledEnvironment | None,
    state: ReviewState = ReviewState.CHANGED,
    evidence: Evidence = NO_EVIDENCE,
    secret: Collection[ParameterRef] = (),
) -> EnvironmentReview:
    """Return what changes in an environment; a side that has it not, or not whole, is ``None``.

    Args:
        secret: The parameters whose values are masked.
    """
    old, new = (side.manifests if side else () for side in (before, after))
    objects = object_differences(old, new)
    parameters = with_causes(parameter_changes(before, after, secret), objects, new, evidence)
    amounts = totals(old, new)
    findings: list[Finding] = []
    if after is not None:
        place = _Place(parameters, after.environment, evidence.sources)
        anew = {item.ref: new_runs for item in renewed(after)}
        anew |= {item.ref: replacements for item in replaceable(after)}
        findings += [
            place.of_object(item, each) for item in objects for each in _judged(item, anew)
        ]
        findings += [place.of_component(item) for item in disappearances(objects)]
        findings += [place.of_total(item, objects) for item in resources(amounts)]
        findings += _destination(before, after)
        findings += _readiness(before, after)
        findings += _conflicts(before, after)
        findings += _new_findings(before, after)
    return EnvironmentReview(
        name=name,
        state=state,
        parameters=parameters,
        sources=evidence.sources,
        components=_components(before, after),
        objects=objects,
        totals=amounts,
        findings=in_order(replace(item, environment=name) for item in findings),
        affected=affected(before, after, objects),
    )


def with_declared(
    reviews: Sequence[EnvironmentReview],
    before: Mapping[str, Declared],
    after: Mapping[str, Declared],
    names: Collection[str],
) -> tuple[EnvironmentReview, ...]:
    """Add what one sees only by knowing all environments, and what the app says of them.

    What the base says of differences and of a freeze counts, so that no change hides itself.

    Args:
        before: What the base declares.
        after: What the head declares.
        names: Those that were asked for; one without a review is the same as before.
    """
    return tuple(_with_declared(review, reviews, before, after, names) for review in reviews)


def _with_declared(
    review: EnvironmentReview,
    reviews: Sequence[EnvironmentReview],
    before: Mapping[str, Declared],
    after: Mapping[str, Declared],
    names: Collection[str],
) -> EnvironmentReview:
    name = review.name
    siblings = {
        each: replace(item, differs=before[each].differs) if each in before else item
        for each, item in after.items()
        if each in names
    }
    noted = (
        replace(item, component=change.component, span=written(change.after))
        for change, item in one_environment(review, reviews, siblings)
    )
    rules = (
        *removed(review, before, after),
        *frozen(review, before.get(name), after.get(name)),
        *noted,
    )
    found = (replace(item, environment=name) for item in rules)
    return replace(review, findings=in_order((*review.findings, *found)))


def in_order(findings: Iterator[Finding] | Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings sorted: the worst first, then by rule and object; the muted ones last."""
    return tuple(
        sorted(
            findings,
            key=lambda item: (
                bool(item.muted),
                _SEVERITIES.index(item.severity),
                item.rule,
                item.component,
                item.object,
                item.field,
                item.message,
            ),
        )
    )


def _judged(
    difference: ObjectDifference, anew: Mapping[ObjectRef, ObjectRule]
) -> Iterator[Finding]:
    """Yield what the rules say.

    Args:
        anew: What to say of those objects of which a change makes another object.
    """
    rule_of_new = anew.get(difference.manifest.ref)
    is_new = rule_of_new is not None and difference.kind is Difference.CHANGED
    if rule_of_new and is_new:
        yield from rule_of_new(difference)
    for rule in _OBJECT_RULES:
        if not (is_new and rule in _OF_SAME_OBJECT):
            yield from rule(difference)


def _destination(
    before: CompiledEnvironment | None, after: CompiledEnvironment
) -> Iterator[Finding]:
    """Yield a finding for an environment that goes elsewhere, where nothing of it is yet."""
    if before is None:
        return
    old, new = (
        {
            "context": side.environment.destination.context,
            "server": side.environment.destination.server,
            "cluster": side.environment.destination.cluster,
            "namespace": side.environment.namespace,
        }
        for side in (before, after)
    )
    if not (old["cluster"] and new["cluster"]):  # to pin a cluster is not to leave it
        old["cluster"] = new["cluster"]
    changes = [f'{key} "{old[key]}" → "{new[key]}"' for key in old if old[key] != new[key]]
    if changes:
        message = f"the environment is applied elsewhere: {', '.join(changes)}"
        hint = "what was applied before stays where it is"
        finding = raised(rule="review-destination", message=message, hint=hint)
        yield replace(finding, field="destination", span=after.environment.destination.span)


def _readiness(before: CompiledEnvironment | None, after: CompiledEnvironment) -> Iterator[Finding]:
    """Yield a finding for each kind that is now ready, done or failed by another rule."""
    if before is None:
        return
    old, new = (
        {f"{rule.kind}.{rule.group}": rule for rule in side.environment.readiness}
        for side in (before, after)
    )
    for kind in sorted(old.keys() | new.keys()):
        was, now = (side.get(kind, _NO_RULE) for side in (old, new))
        goals = {
            "ready": (was.ready, now.ready),
            "completed": (was.completed, now.completed),
            "failed": (was.failed, now.failed),
        }
        changes = [
            f"{goal} {first or '(none)'} → {second or '(none)'}"
            for goal, (first, second) in goals.items()
            if first != second
        ]
        if changes:
            message = f"an apply waits for other things of {kind}: {'; '.join(changes)}"
            yield raised(rule="review-readiness", message=message, field=f"readiness.{kind}")


def _conflicts(before: CompiledEnvironment | None, after: CompiledEnvironment) -> Iterator[Finding]:
    """Yield a finding when other fields of others are taken or left than before."""
    old, new = (
        [_said(rule) for rule in side.environment.conflicts] if side else []
        for side in (before, after)
    )
    if before is None or old == new:
        return
    gone, come = ([item for item in these if item not in those] for these, those in
                  ((old, new), (new, old)))  # fmt: skip
    changes = [*(f"no longer {item}" for item in gone), *(f"now {item}" for item in come)]
    message = f"others win or lose other fields: {'; '.join(changes) or 'the order has changed'}"
    found = raised(rule="review-conflicts", message=message, field="conflicts")
    spans = [rule.span for rule in after.environment.conflicts if _said(rule) in come]
    yield replace(found, span=spans[0] if spans else None)


def _said(rule: ConflictRule) -> str:
    criteria = {"kind": rule.kind, "path": rule.path, "manager": rule.manager}
    words = ", ".join(f"{name} {value}" for name, value in criteria.items() if value)
    return f"{rule.policy} {words}"


def _new_findings(
    before: CompiledEnvironment | None, after: CompiledEnvironment
) -> Iterator[Finding]:
    """Yield what validation finds and did not find before."""
    known = {(item.fingerprint, item.message) for item in (before.findings if before else ())}
    for item in after.findings:
        if (item.fingerprint, item.message) not in known:
            yield item


def _components(
    before: CompiledEnvironment | None, after: CompiledEnvironment | None
) -> dict[str, Difference]:
    old, new = (
        {item.name for item in side.environment.components} if side else set()
        for side in (before, after)
    )
    return {
        name: Difference.ADDED if name in new else Difference.REMOVED for name in sorted(old ^ new)
    }


class _Place:
    """Says where the reason for a finding was written."""

    def __init__(
        self,
        parameters: Sequence[ParameterChange],
        environment: Environment,
        sources: Sequence[SourceChange],
    ) -> None:
        self._parameters = parameters
        self._environment = environment
        self._sources = {
            name: item.span
            for item in reversed(sources)
            if item.kind is not SourceKind.SETTING and item.span
            for name in item.components
        }

    def of_object(self, difference: ObjectDifference, finding: Finding) -> Finding:
        manifest = difference.manifest
        component = manifest.origin.component
        source = cause_of(self._parameters, difference, finding.field)
        edited = None if source else self._sources.get(component)
        span = edited or place_of(source, component, self._environment) or manifest.origin.span
        notes = (f'from parameter "{source.path}"',) if source else finding.notes
        return replace(
            finding, object=str(manifest.ref), component=component, span=span, notes=notes
        )

    def of_component(self, finding: Finding) -> Finding:
        """Give what is gone the line of its component, if that is still there."""
        return replace(finding, span=place_of(None, finding.component, self._environment))

    def of_total(self, finding: Finding, objects: Sequence[ObjectDifference]) -> Finding:
        """Give a total the line of the parameter that changes it, if there is only one."""
        changes = [(item, change.path) for item in objects for change in item.fields]
        asked = [pair for pair in changes if _asks_for(pair[1], finding.field)]
        counted = [pair for pair in changes if pair[1].endswith(("replicas", "parallelism"))]
        sources = {
            source.path: source
            for item, path in asked or counted
            if (source := cause_of(self._parameters, item, path))
        }
        only = next(iter(sources.values())) if len(sources) == 1 else None
        span = place_of(only, only.component, self._environment) if only else None
        return replace(finding, span=span)


def _asks_for(path: str, resource: str) -> bool:
    return ".resources." in path and path.removesuffix('"]').endswith(resource)
