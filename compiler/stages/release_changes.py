"""Says what changed between two releases."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from compiler.model.change import Action, ParameterDifference
from compiler.model.difference import ObjectDifference
from compiler.model.json import JsonValue, same
from compiler.model.manifest import Manifest, ObjectRef
from compiler.model.owner import component_of
from compiler.model.ref import ParameterRef
from compiler.model.release import Release
from compiler.model.secret import MASK_AFTER, MASK_BEFORE
from compiler.stages.diff import by_ref, compare
from compiler.stages.release import applied_onto
from compiler.stages.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseChanges:
    """What differs between two releases.

    Attributes:
        parameters: What the parameters that differ were and are.
        objects: The objects that differ, each with a name; of Secrets they hold digests.
        components: The only ones that were compared; ``None`` for all.
        again: What was done to objects of which both say the same, by their names: they were not
            as the release before had asked.
    """

    parameters: tuple[ParameterDifference, ...]
    objects: tuple[tuple[str, ObjectDifference], ...]
    components: tuple[str, ...] | None = None
    again: Mapping[str, Action] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """How much differs, in a few words."""
        if self.components == ():
            return "no component in common"
        counts = ((len(self.parameters), "parameter"), (len(self.objects), "object"))
        found = [counted(*each) for each in counts if each[0]]
        if self.again:
            found.append(f"{counted(len(self.again), 'object')} again")
        return ", ".join(found) or "nothing"


def changes_of(before: Release | None, release: Release) -> ReleaseChanges:
    """Return what a release has changed.

    Args:
        before: What was there when it began.
    """
    found = changes_between(before, release)
    differ = {item.manifest.ref.qualified for _, item in found.objects}
    known = {item.qualified for side in (before, release) if side for item in _refs(side)} - differ
    again = {
        name: deed
        for name, deed in (release.actions or {}).items()
        if name in known and deed is not Action.DELETE
    }
    return replace(found, again=dict(sorted(again.items())))


def with_left(releases: Sequence[Release]) -> list[Release]:
    """Return releases, the newest first, each with what it left there though it had left the app.

    What older versions of kuplet recorded does not say it.
    """
    found: list[Release] = []
    there: Release | None = None
    later = [None, *releases][: len(releases)]
    for release, after in reversed(list(zip(releases, later, strict=True))):
        whole = _with_left(release, there, after) if there else release
        found.append(whole)
        there = applied_onto(there, whole)
    return found[::-1]


def _with_left(release: Release, there: Release, later: Release | None) -> Release:
    if release.actions is None:
        return release
    failed = _besides(later) if later else frozenset()  # it was found there still
    removed = {name for name, deed in release.actions.items() if deed is Action.DELETE}
    removed -= {ref.qualified for ref in failed}
    seen = _besides(release)
    has = {by_ref(item) for item in release.manifests}  # the same of a run is what it has become
    left = tuple(
        item.body
        for item in there.manifests
        if (not release.components or component_of(item.body) in release.components)
        and item.ref in seen
        and item.ref.qualified not in removed
        and by_ref(item) not in has
    )
    return replace(release, objects=(*release.objects, *left))


def changes_between(before: Release | None, after: Release) -> ReleaseChanges:
    """Return what differs from one release to another; all of it if there is none before.

    Components that one of them did not apply, because it applied only some, are left out.
    """
    sides = [side for side in (before, after) if side]
    secret = {ref for side in sides for ref, item in side.recorded.items() if item.is_secret}
    only = [set(side.components) for side in sides if side.components]
    wanted = set.intersection(*only) if only else None
    parameters = _values(before, wanted), _values(after, wanted)
    objects = _objects(before, wanted), _objects(after, wanted)  # of Secrets they hold digests
    refs = list(dict.fromkeys(item.ref for side in objects for item in side))
    order = {ref: index for index, ref in enumerate(refs)}  # in which they were applied
    different = sorted(compare(*objects, by_ref), key=lambda item: order[item.manifest.ref])
    return ReleaseChanges(
        parameters=tuple(
            _difference(ref, values, is_secret=ref in secret)
            for ref in sorted({*parameters[0], *parameters[1]})
            for values in [[side.get(ref) for side in parameters]]
            if not same(*values)
        ),
        objects=tuple((_name(item.manifest.ref, refs), item) for item in different),
        components=None if wanted is None else tuple(sorted(wanted)),
    )


def _difference(
    ref: ParameterRef, values: Sequence[JsonValue], *, is_secret: bool
) -> ParameterDifference:
    """Return how a parameter differs; of a secret one not even the digest is shown."""
    before, after = values
    if is_secret:
        before = None if before is None else MASK_BEFORE
        after = None if after is None else MASK_AFTER
    return ParameterDifference(ref=ref, before=before, after=after)


def _values(
    release: Release | None, wanted: Collection[str] | None
) -> dict[ParameterRef, JsonValue]:
    return {
        ref: parameter.value
        for ref, parameter in (release.recorded if release else {}).items()
        if wanted is None or ref.component in wanted
    }


def _besides(release: Release) -> frozenset[ObjectRef]:
    return frozenset(_refs(replace(release, objects=release.besides)))


def _refs(release: Release) -> list[ObjectRef]:
    return [item.ref for item in release.manifests]


def _objects(release: Release | None, wanted: Collection[str] | None) -> list[Manifest]:
    return [
        manifest
        for manifest in (release.manifests if release else ())
        if wanted is None or component_of(manifest.body) in wanted
    ]


def _name(ref: ObjectRef, others: Collection[ObjectRef]) -> str:
    """Return the name of an object, with its group where another one has the same."""
    is_unique = sum(ref.qualified == other.qualified for other in others) == 1
    return ref.qualified if is_unique else f"{ref.qualified} ({ref.group or 'core'})"
