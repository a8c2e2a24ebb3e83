"""Whether an object's pods find a place, and what stands in their way."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compiler.model.manifest import ObjectRef
from compiler.model.ref import ParameterRef
from compiler.model.source import SourceSpan

if TYPE_CHECKING:
    from fractions import Fraction


class Fit(enum.StrEnum):
    """What would become of an object's pods, from the best to the worst."""

    NOW = "now"
    UNKNOWN = "unknown"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """What stands in the way of an object's pods.

    Attributes:
        fit: ``LATER`` when it may go away by itself.
        field: The path in the object that asks for too much, or of what stands around that; empty
            when no field does.
        resource: What it asks too much of, where ``field`` does not say that.
        hint: What to do about it, where that is not to ask for less.
    """

    fit: Fit
    message: str
    field: str = ""
    resource: str = ""
    hint: str = ""

    def is_asked_at(self, path: str) -> bool:
        """Return whether a field is one that asks for too much."""
        is_below = path.startswith(self.field)
        return is_below and (path == self.field or self.resource in path.removeprefix(self.field))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The parameter behind a field, and where its value was written."""

    parameter: ParameterRef
    value: str
    span: SourceSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """An object that makes pods, and whether they find a place.

    Attributes:
        pods: How many it makes.
        asks: What all of them ask for, by resource.
        obstacles: The worst first.
        causes: The parameter behind each obstacle that has one.
        is_seen: Whether all that may stand in their way could be seen.
    """

    ref: ObjectRef
    component: str
    pods: int
    asks: "Mapping[str, Fraction]"
    obstacles: tuple[Obstacle, ...] = ()
    causes: Mapping[Obstacle, Cause]
    is_seen: bool = True

    @property
    def fit(self) -> Fit:
        """The worst that was found."""
        order = list(Fit)
        otherwise = Fit.NOW if self.is_seen else Fit.UNKNOWN
        return max((item.fit for item in self.obstacles), key=order.index, default=otherwise)
