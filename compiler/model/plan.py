"""A plan: all that an apply or a delete will do, as data that is printed and carried out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from compiler.model.app import KEPT_RELEASES, Goal, ReadinessRule
from compiler.model.change import Action, FieldChange
from compiler.model.conflict import ConflictRule, FieldConflict
from compiler.model.dag import Barrier, Dependency
from compiler.model.manifest import Manifest, ObjectRef
from compiler.model.owner import Owner
from compiler.model.release import ReleaseVerb


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetIdentity:
    """Which cluster and namespace a plan was made for.

    Attributes:
        ca: ``sha256:…`` of the authority that vouches for the server; empty for the system's.
    """

    server: str
    ca: str
    namespace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Which live object, in which state, was compared."""

    uid: str
    resource_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What happens to one object.

    Attributes:
        manifest: The object as it shall be; of one that goes, as the app has it.
        seen: ``None`` when it did not exist.
        needs: What must have come far enough before this object is touched; the plan's barriers say
            the rest.
        until: How far the object itself must come for the plan to be done.
        is_forced: Whether fields that other managers own are taken.
        fields: What an update changes; values of Secrets are masked.
        generates: Keys of a Secret whose values are made up.
        leftover: Fields of the live object that the app does not have, and that stay.
        conflicts: Fields of others that are taken from them, or left to them.
        scaler: The autoscaler that decides how many replicas there are; empty if none does.
        why: The reason for the action, where it is not that the object differs.
        is_last: Whether it begins only when all steps that are not last are done.
        has_ended: Whether it is a run that was complete and has removed itself.
        keeps_pods: Whether its pods stay while it is made anew, and their claims grow before.
    """

    manifest: Manifest
    action: Action
    seen: Seen | None = None
    needs: tuple[Dependency, ...] = ()
    until: Goal = Goal.PRESENT
    is_forced: bool = False
    fields: tuple[FieldChange, ...] = ()
    generates: tuple[str, ...] = ()
    leftover: tuple[str, ...] = ()
    conflicts: tuple[FieldConflict, ...] = ()
    scaler: str = ""
    why: str = ""
    is_last: bool = False
    has_ended: bool = False
    keeps_pods: bool = False

    @property
    def ref(self) -> ObjectRef:
        """The object's identity."""
        return self.manifest.ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps of an apply or a delete, each after all that it needs.

    Attributes:
        verb: What it is recorded as.
        app: Name of the app.
        environment: Name of the environment.
        destination: The target in words.
        after: The release that the plan was made on; 0 when there was none.
        digest: Of the compile that it was made from.
        grace_period_s: How long pods of what is deleted may take to stop; ``None`` leaves it to
            each object.
        readiness: The app's rules for kinds of its own, by which it is judged what has come.
        barriers: What many steps wait for in many others.
        keep: How many releases are kept.
        conflicts: What the app says of fields that others change while it is carried out.
        patient: Components whose pods are waited for though they seem stuck.
    """

    verb: ReleaseVerb
    app: str
    environment: str
    destination: str
    target: TargetIdentity
    owner: Owner
    after: int
    digest: str
    steps: tuple[Step, ...] = field(default=())
    barriers: tuple[Barrier, ...] = ()
    grace_period_s: int | None = None
    readiness: tuple[ReadinessRule, ...] = ()
    keep: int = KEPT_RELEASES
    patient: frozenset[str] = frozenset()
    conflicts: tuple[ConflictRule, ...] = ()

    @property
    def has_changes(self) -> bool:
        """Whether anything would be written or removed."""
        return any(step.action is not Action.KEEP for step in self.steps)

    def count(self, *actions: Action) -> int:
        """Return how many objects some actions concern."""
        return sum(step.action in actions for step in self.steps)

    @property
    def dependents(self) -> Mapping[ObjectRef, tuple[ObjectRef, ...]]:
        """The objects that wait for each object by themselves, not behind a barrier."""
        found: dict[ObjectRef, list[ObjectRef]] = {step.ref: [] for step in self.steps}
        for step in self.steps:
            for need in step.needs:
                found[need.needed].append(step.ref)
        return {ref: tuple(waiting) for ref, waiting in found.items()}

    @property
    def behind(self) -> Mapping[ObjectRef, tuple[Barrier, ...]]:
        """The barriers that objects wait behind."""
        found: dict[ObjectRef, list[Barrier]] = {}
        for barrier in self.barriers:
            for ref in barrier.dependents:
                found.setdefault(ref, []).append(barrier)
        return {ref: tuple(barriers) for ref, barriers in found.items()}
