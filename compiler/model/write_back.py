"""Live values that become the app's own: as parameters in the file of an environment."""

from dataclasses import dataclass

from compiler.model.conflict import Writer
from compiler.model.finding import Finding
from compiler.model.json import JsonValue
from compiler.model.ref import ParameterRef


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenField:
    """A field of a live object whose value is written back."""

    object: str
    path: str
    writers: tuple[Writer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenParameter:
    """A parameter that gets the value of live fields.

    Attributes:
        fields: All that changes in the app with it.
    """

    ref: ParameterRef
    before: JsonValue
    after: JsonValue
    fields: tuple[WrittenField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteBack:
    """What of a cluster can be written into an app, and what cannot.

    Attributes:
        findings: What stays as it is, and why.
    """

    parameters: tuple[WrittenParameter, ...]
    findings: tuple[Finding, ...]
