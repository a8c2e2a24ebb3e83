"""What a row says of a kind."""

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from compiler.kinds.conditions import COMPLETED
from compiler.kinds.custom import Surroundings, by_habit, is_built_in
from compiler.kinds.immutable import Immutable, nothing
from compiler.kinds.pod_template import PodFinder, no_pods
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, mapping_at, value_at
from compiler.model.readiness import Readiness

# Places in the order of kinds: below FOUNDATION stands what others usually find in place, from LAST
# on what may block everybody else. Only a habit, so the edges that come of it are soft.
FOUNDATION, ORDINARY, LAST = 50, 100, 150


TRAINING_RUN = "training run"  # what changes is run anew, unless the app says otherwise
# Fields of pods that hold amounts.
RESOURCES = frozenset({"limits", "requests", "sizeLimit"})


class Life(enum.Enum):
    """What becomes of an object: it stands, it ends by itself, or it holds what no file does."""

    STANDING = enum.auto()
    RUN = enum.auto()  # a change wants a new run; one that is over may be gone
    DATA = enum.auto()  # never deleted unasked


class Naming(enum.Enum):
    """Which names a kind allows.

    Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
    """

    SUBDOMAIN = enum.auto()
    LABEL = enum.auto()  # no dots, 63 characters
    PATH = enum.auto()  # colons and capitals too


@dataclass(frozen=True, slots=True)
class Reference:
    """An object names another one.

    Attributes:
        field: The path that holds the name.
        is_optional: Whether the naming object works without it.
        must_answer: Whether it is a Service that is called as soon as the naming object exists.
        keys: What of a Secret or ConfigMap must be there.
    """

    needed: ObjectRef
    field: str
    is_optional: bool = False
    must_answer: bool = False
    keys: tuple[str, ...] = ()


Finder: TypeAlias = Callable[[Manifest], Iterator[Reference]]
Rule: TypeAlias = Callable[[JsonObject, Surroundings], Readiness]
Rules: TypeAlias = Mapping[tuple[str, str], Rule]
Progress: TypeAlias = Callable[[JsonObject], str]


def no_references(_: Manifest) -> Iterator[Reference]:
    """Most kinds name nothing but what their pods need."""
    yield from ()


def selected(live: JsonObject) -> JsonObject:
    """Return the labels by which a workload finds its pods."""
    return mapping_at(live, "spec", "selector", "matchLabels")


def alone(rule: Callable[[JsonObject], Readiness]) -> Rule:
    """Return a rule of readiness that looks at nothing but the object."""
    return lambda live, _: rule(live)


def no_words(_: JsonObject) -> str:
    """Most kinds do not say how far the work is."""
    return ""


def exists(_: JsonObject, __: Surroundings) -> Readiness:
    """A kind whose controller reports nothing is done when it is there."""
    return COMPLETED


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind, by its API group: versions of a group are views of the same objects.

    The defaults are what is true of a kind of which nothing is known.

    Attributes:
        is_cluster_scoped: Whether its objects live outside namespaces.
        pods: Finds the pods that an object makes. Their references need no finder.
        pod_labels: Finds the labels of a live object's pods.
        references: Finds the objects that an object's own fields name.
        readiness: Says how far a live object has come.
        immutable: Says which changed fields the server refuses.
        is_exact: Whether its pods are just what their template says: its controller adds nothing.
        is_limit: Whether it limits what others in its namespace may ask for.
        is_rolled: Whether a changed pod template replaces the pods of a live object.
        manner: How they are replaced.
        run: What a run of it is called, if a review tells of runs.
        service_suffix: What the name of the Service ends in that answers for an object; ``None``
            where none does.
        is_ready_when_over: Whether an object is never ready before it is completed.
        again: What its controller does with a run whose spec changes; empty where it ignores that.
        is_route: Whether its objects make what they name known outside the cluster.
        suspend: The field by which a run is held back: by whoever writes it, or by a queue.
        time_to_live: The field that lets a finished object remove itself; empty where none can.
        counts_child: Whether the generation that its status has observed is that of an object
            which it makes, so that it need not be its own.
        success_event: The reason of the event by which its controller says that one has succeeded.
        amounts: Fields in the spec of a custom resource that hold amounts, so that ``1`` and
            ``"1"`` are the same.
        rewritten_by: The field manager of its controller, if that writes the whole object when it
            first sees it.
        is_expected: Whether naming one that nobody provides is likely a mistake.
        given: Names of the objects that Kubernetes itself provides.
        regretted_as: The API version in which it is looked for before its Namespace is deleted;
            empty for what nobody would miss.
        order: Its place among the others of its component.
    """

    group: str
    kind: str
    is_cluster_scoped: bool = False
    life: Life = Life.STANDING
    naming: Naming = Naming.SUBDOMAIN
    pods: PodFinder = no_pods
    pod_labels: Callable[[JsonObject], JsonObject] = selected
    references: Finder = no_references
    readiness: Rule = by_habit
    immutable: Immutable = nothing
    is_exact: bool = False
    is_limit: bool = False
    is_rolled: bool = False
    manner: str = "pod after pod"
    run: str = ""
    service_suffix: str | None = None
    is_ready_when_over: bool = False
    again: str = ""
    is_route: bool = False
    suspend: str = ""
    time_to_live: str = ""
    counts_child: bool = False
    success_event: str = ""
    amounts: frozenset[str] = frozenset()
    rewritten_by: str = ""
    is_expected: bool = False
    given: frozenset[str] = frozenset()
    regretted_as: str = ""
    order: int = ORDINARY

    @property
    def may_have_pods(self) -> bool:
        """Whether its objects make pods, as far as anybody knows."""
        return self.pods is not no_pods or not is_built_in(self.group)

    def removes_itself(self, body: JsonObject) -> bool:
        """Return whether an object has a time to live, after which it removes itself."""
        field = self.time_to_live
        return bool(field) and value_at(body, *field.split(".")) is not None

    @property
    def tier(self) -> int:
        """0 for what others stand on, 1 for the rest, 2 for what may block everybody else."""
        return (self.order >= FOUNDATION) + (self.order >= LAST)
