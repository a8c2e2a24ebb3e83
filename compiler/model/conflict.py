"""Fields that the app sets and somebody else owns, and what an app wants to be done about them."""

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compiler.model.json import JsonValue
from compiler.model.source import SourceSpan

if TYPE_CHECKING:
    from compiler.model.fit import Cause


class ConflictPolicy(enum.StrEnum):
    """Who wins where somebody else has changed a field that the app sets."""

    TAKE = "take"  # the app
    LEAVE = "leave"  # the other one: the field is not sent
    FAIL = "fail"  # nobody, until somebody decides


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictRule:
    """What an app says of conflicts; an empty criterion fits all, ``*`` stands for anything.

    Attributes:
        path: As differences write it; what lies below belongs to it.
    """

    policy: ConflictPolicy
    span: SourceSpan
    kind: str = ""
    path: str = ""
    manager: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Somebody who owns a field.

    Attributes:
        manager: What the server calls them.
        time: When they wrote into the object last; empty where the server does not say.
    """

    manager: str
    time: str = ""
    subresource: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldConflict:
    """A field that others own with another value than the app's; values of Secrets are masked.

    Attributes:
        owners: Who owns it, by name.
        asked: What the app says.
        rule: The rule of the app that decides it, if one does.
        scaler: The autoscaler to which it is left, if one is.
        cause: The parameter that sets it.
    """

    path: str
    owners: tuple[Writer, ...]
    live: JsonValue
    asked: JsonValue
    policy: ConflictPolicy
    rule: ConflictRule | None = None
    scaler: str = ""
    cause: "Cause | None" = None
