"""Reads the conditions of a status, and of its parts."""

from collections.abc import Iterator

from compiler.kinds.conditions import COMPLETED, failed, pending, status_of, unknown
from compiler.kinds.habits.words import Sort, sort_of
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.model.readiness import Readiness

_ARRIVED = (  # how reasons of "Progressing" end when there is nothing more to do
    "available",
    "complete",
    "completed",
    "osdsrunning",
    "success",
    "succeeded",
)
_FAILURES = ("Aborted", "DeadlineExceeded", "Error", "Failed")  # how reasons end
_HALF = {"Synced"}  # the controller has done its part, the thing itself may not be there
_RUN_NAMES = ("Backup", "Build", "Experiment", "Job", "Restore", "Run", "Task", "Workflow")


def conditions_in(live: JsonObject) -> list[JsonObject]:
    """Return all conditions: those of some kinds have types that repeat."""
    return objects_at(live, "status", "conditions")


def of_conditions(live: JsonObject) -> Iterator[Readiness]:
    """Yield what each condition says that says something."""
    sorts = {_sort(item) for item in conditions_in(live)}
    if any(_sort(item) is Sort.END and _is_true(item) for item in conditions_in(live)):
        sorts.add(Sort.HAS_ENDED)
    for item in conditions_in(live):
        match _sort(item):
            case Sort.WRONG if _is_true(item):
                yield failed(_words(item))
            case Sort.END | Sort.STANDS:
                yield from _of_goal(live, item, sorts)
            case Sort.ON_THE_WAY:
                yield from _of_way(live, item)
            case Sort.RUNNING if _is_true(item):
                yield from _of_running(live, item, sorts)
            case _:
                pass


def has_open_end(live: JsonObject) -> bool:
    """Return whether it says that it will end, and has not."""
    ends = {status_of(item) for item in conditions_in(live) if _sort(item) is Sort.END}
    return bool(ends) and "True" not in ends


def running(live: JsonObject) -> Readiness:
    """A thing that stands is there when it runs; a run is only on its way."""
    is_run = text_at(live, "kind").endswith(_RUN_NAMES)
    return pending("running") if is_run else Readiness(reached=Goal.READY, message="running")


def is_claimed(live: JsonObject) -> bool:
    """Return whether it stands for something outside, as Crossplane's resources do."""
    group = text_at(live, "apiVersion").partition("/")[0]
    return group.endswith((".crossplane.io", ".upbound.io"))


def _sort(item: JsonObject) -> Sort:
    return sort_of(text_at(item, "type"))


def _is_true(item: JsonObject) -> bool:
    return status_of(item) == "True"


def _of_goal(live: JsonObject, item: JsonObject, sorts: set[Sort]) -> Iterator[Readiness]:
    """Yield what a condition says that is to become true, and is all there is to it then."""
    if _is_true(item):
        if text_at(item, "reason").endswith(_FAILURES):
            yield failed(_words(item))
        elif text_at(item, "type") not in _HALF or not is_claimed(live):
            yield COMPLETED
        return
    others = {Sort.STANDS, Sort.RUNNING} if _sort(item) is Sort.END else {Sort.HAS_ENDED}
    if not sorts & others:
        yield pending(_words(item))


def _of_way(live: JsonObject, item: JsonObject) -> Iterator[Readiness]:
    reason = text_at(item, "reason")
    if reason.endswith(_FAILURES):
        yield failed(_words(item))
    elif status_of(item) != "False" and not reason.lower().endswith(_ARRIVED):
        yield pending(_words(item))
    elif status_of(item) == "True" and not _names_a_generation(live, item):
        yield unknown(f"{_words(item)}, but it may be of an older version")


def _names_a_generation(live: JsonObject, item: JsonObject) -> bool:
    """Return whether it can be told which version is meant; a first one has none before it."""
    generation = mapping_at(live, "metadata").get("generation", 1)
    is_said = "observedGeneration" in mapping_at(live, "status") or "observedGeneration" in item
    return generation == 1 or is_said


def _of_running(live: JsonObject, item: JsonObject, sorts: set[Sort]) -> Iterator[Readiness]:
    if text_at(item, "reason") == text_at(item, "type"):  # what runs is the reconciliation
        yield pending(_words(item))
    elif not sorts & {Sort.STANDS, Sort.HAS_ENDED}:
        yield running(live)


def _words(item: JsonObject) -> str:
    said = (text_at(item, "reason"), text_at(item, "message"))
    return ": ".join(filter(None, said)) or f"not {text_at(item, 'type')}"
