"""Pods that an object makes: where their spec stands and how many there will be."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import mapping_at, value_at


@dataclass(frozen=True, slots=True, kw_only=True)
class PodTemplate:
    """One sort of pods of an object.

    Attributes:
        path: Where their spec stands: ``spec.template.spec``.
        count: How many are made; one where no file says it, as of a DaemonSet.
        count_field: The path that says how many; empty when nothing does.
        role: What they are among the others of the object: ``Worker`` of a TFJob.
        places: Where containers stand, by their index, that the object writes elsewhere. Its
            runtime has the rest of them, so what is not said here may be said there.
        resources: The field in which a container says what it asks for.
    """

    path: str
    spec: JsonObject
    count: int = 1
    count_field: str = ""
    role: str = ""
    places: Mapping[int, str] = field(default_factory=dict)
    resources: str = "resources"

    def place_of(self, containers: str, index: int, key: str) -> str:
        """Return where a container of a list stands; ``key`` names it in that list."""
        elsewhere = self.places.get(index, "") if containers == "containers" else ""
        return elsewhere or f"{self.path}.{containers}[{key}]"

    def resources_of(self, index: int, name: str) -> str:
        """Return where a container says what it asks for."""
        return f"{self.place_of('containers', index, name)}.{self.resources}"


PodFinder: TypeAlias = Callable[[JsonObject], Iterator[PodTemplate]]


def no_pods(_: JsonObject) -> Iterator[PodTemplate]:
    """Most kinds make no pods."""
    yield from ()


def pods_at(path: str, count_field: str = "") -> PodFinder:
    """Return a finder of the one pod spec at a path."""

    def found(body: JsonObject) -> Iterator[PodTemplate]:
        yield PodTemplate(
            path=path,
            spec=mapping_at(body, *path.split(".")),
            count=count_of(value_at(body, *count_field.split("."))),
            count_field=count_field,
        )

    return found


def count_of(value: JsonValue, default: int = 1) -> int:
    """Return a number of pods; Kubernetes and Kubeflow make one where none is said."""
    return value if isinstance(value, int) else default
