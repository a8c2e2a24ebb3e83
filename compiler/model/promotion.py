"""What may be brought from one environment into another, and what was."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from compiler.model.source import SourceSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """The promotion that the file of an environment names as its last one.

    Attributes:
        source: The environment that was taken from.
        revision: The release that was taken; 0 when its files were.
        commit: That of the release; empty outside a git repository.
        is_dirty: Whether the files that the release was applied from differed from that commit.
        by: Who promoted.
        is_from_files: Whether the files were taken instead of a release.
    """

    source: str
    revision: int = 0
    commit: str = ""
    is_dirty: bool = False
    by: str = ""
    is_from_files: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """What may be brought into an environment.

    Attributes:
        source: The environment that it takes from.
        copies: Parameters that are copied, as ``component.name``; ``*`` stands for anything.
        allow: Parameters that may differ, written alike.
        freeze: Why nothing may be promoted now; empty when something may.
        promoted: What was brought last, if anything was.
        pattern_spans: Where each of ``copies`` and ``allow`` stands.
    """

    source: str = ""
    copies: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    freeze: str = ""
    promoted: Promoted | None = None
    span: SourceSpan | None = None
    source_span: SourceSpan | None = None
    pattern_spans: Mapping[str, SourceSpan] = field(default_factory=dict)

    @property
    def is_declared(self) -> bool:
        """Whether it says more than what was brought last."""
        return bool(self.source or self.copies or self.allow or self.freeze)
