"""Where a value was written."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceSpan:
    """A stretch of one line of a file, or of a command-line argument.

    Attributes:
        file: Path as people write it: relative to the app root where it lies inside it.
        line: 1-based; 0 means the whole file.
        column: 1-based column of the first character; 0 when unknown.
        end_column: 1-based column after the last character on that line; 0 when unknown.
        excerpt: The line itself, kept so that a report can show what was read.
    """

    file: str
    line: int = 0
    column: int = 0
    end_column: int = 0
    excerpt: str = ""

    @property
    def place(self) -> str:
        """The file and the line, as lists show them."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        if not self.line:
            return self.file
        if not self.column:
            return f"{self.file}:{self.line}"
        return f"{self.file}:{self.line}:{self.column}"
