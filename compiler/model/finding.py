"""What kuplet has to say about an app: one type for every error and warning."""

import enum
from dataclasses import dataclass

from compiler.model.source import SourceSpan


class Severity(enum.StrEnum):
    """How bad a finding is; only errors make a command fail."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, where it is, and what to do about it.

    Attributes:
        rule: Stable, greppable id, for example ``parameter-type``.
        message: What is wrong, in one sentence without a full stop; names are quoted.
        span: Where it was written, if it has a place.
        environment: The environment it was found in; empty when it holds for all.
        component: The component it belongs to, if any.
        object: The Kubernetes object it belongs to, as ``Kind/name``, if any.
        field: Path of the field inside that object, for example ``spec.replicas``.
        notes: Lines that add who set the value, where it is declared, the frames of a trace.
        hint: What to do next.
        muted: Why it does not count, if somebody said so; empty when it counts.
    """

    rule: str
    message: str
    severity: Severity = Severity.ERROR
    span: SourceSpan | None = None
    environment: str = ""
    component: str = ""
    object: str = ""
    field: str = ""
    notes: tuple[str, ...] = ()
    hint: str = ""
    muted: str = ""

    @property
    def is_error(self) -> bool:
        """Whether this finding makes the command fail."""
        return self.severity is Severity.ERROR and not self.muted

    @property
    def fingerprint(self) -> str:
        """Digest of what the finding is about; it survives when lines move or words change."""
        import hashlib
        import json

        parts = (self.rule, self.environment, self.component, self.object, self.field)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
