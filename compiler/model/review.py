"""What a change of an app's files does to its environments."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from compiler.model.dag import ManifestDag
from compiler.model.difference import Difference, ObjectDifference
from compiler.model.finding import Finding
from compiler.model.manifest import ObjectRef
from compiler.model.parameter import Setting
from compiler.model.ref import ParameterRef
from compiler.model.source import SourceSpan


class ReviewState(enum.StrEnum):
    """What a review knows of an environment."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    BASE_BROKEN = "base-broken"  # only the head compiles: all that it holds is shown
    HEAD_BROKEN = "head-broken"  # the findings say why


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What a parameter changes of one object.

    Attributes:
        fields: Paths; empty when the object is not the same one any more.
    """

    object: ObjectRef
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterChange:
    """A parameter whose value differs.

    Attributes:
        before: The value that counted, who set it and where; ``None`` when it was not there.
        after: The same of the head.
        reaches: The objects that differ because of it; ``None`` when nobody can say.
        is_secret: Whether Secrets are made of it: its values are masked.
    """

    ref: ParameterRef
    before: Setting | None
    after: Setting | None
    reaches: tuple[Reached, ...] | None = None
    is_secret: bool = False

    @property
    def component(self) -> str:
        """Whose parameter it is."""
        return self.ref.component

    @property
    def path(self) -> str:
        """How people write its name."""
        return str(self.ref)


class SourceKind(enum.StrEnum):
    """What an environment is made of besides parameters."""

    PACKAGE = "package"
    PROTOTYPE = "prototype"
    SETTING = "setting"  # what its file says besides parameters: needs, promotion, …
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChange:
    """Something besides a parameter that an environment reads, and that differs.

    Attributes:
        name: The package's path, the component that has another prototype, the setting, or the
            file's path.
        before: What the base says: a version, a prototype, a value; empty for a file, or for none.
        after: The same of the head.
        span: Where the head says so.
        components: Those that read it, sorted; empty when it may concern all.
    """

    kind: SourceKind
    name: str
    difference: Difference
    before: str = ""
    after: str = ""
    span: SourceSpan | None = None
    components: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How much of a resource all pods of an environment ask for."""

    before: Fraction
    after: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentReview:
    """What changes in one environment.

    Attributes:
        sources: Packages, prototypes and files that differ, where both sides have the environment.
        components: Those that only one side has.
        totals: Of every resource that either side asks for, by name, sorted.
        affected: The components whose objects differ, and all that wait for them.
    """

    name: str
    state: ReviewState
    parameters: tuple[ParameterChange, ...] = ()
    sources: tuple[SourceChange, ...] = ()
    components: Mapping[str, Difference] = field(default_factory=dict)
    objects: tuple[ObjectDifference, ...] = ()
    totals: Mapping[str, Total] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    affected: ManifestDag = field(default_factory=ManifestDag)

    def difference_of(self, component: str) -> Difference | None:
        """Return what happens to a component; ``None`` if nothing does, so that it only waits."""
        if component in self.components:
            return self.components[component]
        own = (item for item in self.objects if item.manifest.origin.component == component)
        return Difference.CHANGED if any(own) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a change does.

    Attributes:
        base: What the change is compared with, for people.
        head: The change: a revision, the working tree or the index.
        directory: The app's place in its repository; empty when it is all of it.
        environments: Those that were compiled, sorted by name.
        skipped: Names of those whose inputs are the same on both sides.
        components: How many components these and the compiled ones have, on both sides together.
        evaluated: How many of them were evaluated; the others read what one of these reads.
        findings: What concerns no single environment.
    """

    base: str
    head: str
    directory: str = ""
    environments: tuple[EnvironmentReview, ...] = ()
    skipped: tuple[str, ...] = ()
    components: int = 0
    evaluated: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """Every finding, those of no environment first."""
        return (*self.findings, *(item for each in self.environments for item in each.findings))
