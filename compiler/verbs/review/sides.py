"""Finds the two sides of a review, and reads the app on each."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from compiler.errors import AppError
from compiler.formats.choice import format_of, load_any
from compiler.formats.format import AnyApp
from compiler.formats.ksonnet.load import OVERRIDE_FILE
from compiler.formats.kuplet.imported_files import SourceTree
from compiler.formats.kuplet.inputs import digest
from compiler.formats.kuplet.load import APP_FILE
from compiler.formats.overlay import empty_app
from compiler.formats.reviewing import ReviewInputs
from compiler.git.checkout import Checkout, commit_of, default_branch, merge_base, write_tree
from compiler.model.app import Environment, ReviewSettings
from compiler.model.finding import Finding
from compiler.stages.review.declared import Declared
from compiler.text.files import read_text


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of a review: an app as it is there, or why it cannot be read.

    Attributes:
        root: Where its files are, for the time of the review.
        app: ``None`` when there is none, or when it is wrong.
        problems: What is wrong with it.
    """

    root: Path
    app: AnyApp | None
    problems: tuple[Finding, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The environments that can be compiled there."""
        return frozenset(self.app.environment_names) if self.app else frozenset()

    @cached_property
    def inputs(self) -> ReviewInputs | None:
        """What can be asked of the app without compiling it."""
        return format_of(self.app).review if self.app else None

    @property
    def settings(self) -> ReviewSettings:
        """What the app says of reviews."""
        return self.inputs.settings if self.inputs else ReviewSettings()

    @cached_property
    def declared(self) -> Mapping[str, Declared]:
        """What is known of its environments without compiling them."""
        found: dict[str, Declared] = {}
        if inputs := self.inputs:
            for name in self.names:
                with suppress(AppError):  # its own review says why
                    found[name] = inputs.declared(name)
        return found

    def key_of(self, name: str) -> str | None:
        """Return a digest of all that an environment reads; ``None`` if it cannot be resolved."""
        try:
            return digest(self.inputs.inputs(self.tree, name)) if self.inputs else None
        except AppError:
            return None

    def nosy_components(self, environment: Environment) -> frozenset[str]:
        """Return the components that may read the parameters of others."""
        return (
            format_of(self.app).nosy_components(environment, self.tree) if self.app else frozenset()
        )

    def count(self, names: Iterable[str]) -> int:
        """Return how many components some environments have together."""
        return sum(len(self.declared[name].components) for name in names if name in self.declared)

    @cached_property
    def tree(self) -> SourceTree:
        """Its files, read once for all environments."""
        return SourceTree(self.root)


def copy_of_commit(checkout: Checkout, commit: str, root: Path) -> AbstractContextManager[Path]:
    """Give the app as it was in a commit; before the first commit there was none."""
    return copy_of(root, lambda copy: write_tree(checkout, commit, copy) if commit else None)


@contextmanager
def copy_of(root: Path, write: Callable[[Path], None]) -> Iterator[Path]:
    """Give another state of an app, in a directory of the same name."""
    with empty_app(root) as copy:
        write(copy)
        _share_override(root, copy)
        yield copy


def _share_override(root: Path, copy: Path) -> None:
    """Let somebody's own settings of a ksonnet app hold for what was committed, too."""
    own = root / OVERRIDE_FILE
    if own.is_file() and not (copy / OVERRIDE_FILE).exists() and (copy / APP_FILE).is_file():
        text = read_text(own, OVERRIDE_FILE, root)
        (copy / OVERRIDE_FILE).write_text(text, encoding="utf-8")


def revisions_of(checkout: Checkout, text: str) -> tuple[str, str]:
    """Return the commits of both sides; the second is empty for the working tree."""
    dots = "..." if "..." in text else ".."
    base, separator, head = text.partition(dots)
    head_commit = commit_of(checkout, head or "HEAD") if separator else ""
    if not base:
        return merge_base(checkout, default_branch(checkout), head or "HEAD"), head_commit
    if separator == "...":
        return merge_base(checkout, base, head or "HEAD"), head_commit
    return commit_of(checkout, base), head_commit


def read_side(root: Path) -> Side:
    """Read an app; where ``app.yaml`` is missing, there was none yet."""
    if not (root / APP_FILE).is_file():
        return Side(root=root, app=None)
    try:
        app = load_any(root)
    except AppError as error:
        return Side(root=root, app=None, problems=error.findings)
    return Side(root=root, app=app)
