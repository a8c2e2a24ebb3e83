"""Reviews a change: finds its two sides, compiles what differs in them, and has it judged."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from compiler.app.git_checkout import (
    Checkout,
    commit_of,
    default_branch,
    find_checkout,
    last_commit,
    merge_base,
    write_index,
    write_tree,
)
from compiler.app.imported_files import SourceTree
from compiler.app.load_app import APP_FILE, load_app, unknown_environment
from compiler.errors import AppError, UsageError
from compiler.ksonnet.app import KsonnetApp
from compiler.ksonnet.load import OVERRIDE_FILE, is_ksonnet_app, load_ksonnet_app
from compiler.model.app import App, ReviewSettings
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding
from compiler.model.manifest import Manifest
from compiler.model.review import EnvironmentReview, ParameterChange, Review, ReviewState
from compiler.pipeline import CompileOptions, Reuse, compile_environment
from compiler.reviewing.evidence import edited_components, objects_set_back
from compiler.reviewing.inputs import declared_in, inputs_key, sources_of
from compiler.stages.memo import Memo
from compiler.stages.review.causes import Evidence
from compiler.stages.review.review import in_order, review_environment, with_declared
from compiler.stages.review.rules import raised
from compiler.stages.review.settings import as_set, lowered, new_mutes
from compiler.stages.review.siblings import Declared
from compiler.stages.review.sources import source_changes

WORKING_TREE = "the working tree"
INDEX = "the index"
_NO_COMMIT = "no commit"
_SHORT = 12  # digits of a commit that people need
_MAX_NOTES = 3

Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class _Side:
    """One side of a review: an app as it is there, or why it cannot be read.

    Attributes:
        root: Where its files are, for the time of the review.
        app: ``None`` when there is none, or when it is wrong.
        problems: What is wrong with it.
    """

    root: Path
    app: App | KsonnetApp | None
    problems: tuple[Finding, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The environments that can be compiled there."""
        return frozenset(self.app.environment_names) if self.app else frozenset()

    @property
    def settings(self) -> ReviewSettings:
        """What the app says of reviews; one of ksonnet has no place for it."""
        return self.app.review if isinstance(self.app, App) else ReviewSettings()

    @cached_property
    def declared(self) -> Mapping[str, Declared]:
        """What is known of its environments without compiling them."""
        return declared_in(self.app) if self.app else {}

    def count(self, names: Iterable[str]) -> int:
        """Return how many components some environments have together."""
        return sum(len(self.declared[name].components) for name in names if name in self.declared)

    @cached_property
    def tree(self) -> SourceTree:
        """Its files, read once for all environments."""
        return SourceTree(self.root)


def review_revisions(
    root: Path, revisions: str, environments: Sequence[str], report: Report
) -> Review:
    """Review ``BASE``, ``BASE..HEAD`` or ``BASE...HEAD`` of the app in ``root``.

    Without a base it is the commit at which the head left the default branch; without a head it is
    the working tree.

    Raises:
        UsageError: There is no git repository, no such revision, or no such environment.
    """
    checkout = find_checkout(root)
    base, head = _revisions(checkout, revisions)
    with ExitStack() as stack:
        before = stack.enter_context(_commit_copy(checkout, base, root))
        after = stack.enter_context(_commit_copy(checkout, head, root)) if head else root
        review = _review(_side(before), _side(after), environments, report)
    return replace(
        review, base=base[:_SHORT], head=head[:_SHORT] or WORKING_TREE, directory=checkout.directory
    )


def review_staged(root: Path, environments: Sequence[str], report: Report) -> Review:
    """Review what the next commit will change in the app in ``root``: HEAD against git's index.

    Raises:
        UsageError: There is no git repository, a merge conflict, or no such environment.
    """
    checkout = find_checkout(root)
    base = last_commit(checkout)
    with ExitStack() as stack:
        before = stack.enter_context(_commit_copy(checkout, base, root))
        after = stack.enter_context(_copy(root, lambda copy: write_index(checkout, copy)))
        review = _review(_side(before), _side(after), environments, report)
    return replace(
        review, base=base[:_SHORT] or _NO_COMMIT, head=INDEX, directory=checkout.directory
    )


def review_directories(
    before: Path, after: Path, environments: Sequence[str], report: Report
) -> Review:
    """Review the app in ``after``, compared with the one in ``before``.

    Raises:
        UsageError: There is no app, or no such environment.
    """
    if not (before / APP_FILE).is_file():
        message = f'no {APP_FILE} in "{before}"'
        raise UsageError(Finding(rule="app-not-found", message=message))
    return replace(
        _review(_side(before), _side(after), environments, report),
        base=str(before),
        head=WORKING_TREE,
    )


def _commit_copy(checkout: Checkout, commit: str, root: Path) -> AbstractContextManager[Path]:
    """Give the app as it was in a commit; before the first commit there was none."""
    return _copy(root, lambda copy: write_tree(checkout, commit, copy) if commit else None)


@contextmanager
def _copy(root: Path, write: Callable[[Path], None]) -> Iterator[Path]:
    """Give another state of an app, in a directory of the same name: it may be the app's."""
    with tempfile.TemporaryDirectory(prefix="kuplet-review-") as temporary:
        copy = Path(temporary) / root.name
        copy.mkdir()
        write(copy)
        _share_override(root, copy)
        yield copy


def _share_override(root: Path, copy: Path) -> None:
    """Let somebody's own settings of a ksonnet app hold for what was committed, too."""
    own = root / OVERRIDE_FILE
    if own.is_file() and not (copy / OVERRIDE_FILE).exists() and (copy / APP_FILE).is_file():
        shutil.copyfile(own, copy / OVERRIDE_FILE)


def _revisions(checkout: Checkout, text: str) -> tuple[str, str]:
    """Return the commits of both sides; the second is empty for the working tree."""
    dots = "..." if "..." in text else ".."
    base, separator, head = text.partition(dots)
    head_commit = commit_of(checkout, head or "HEAD") if separator else ""
    if not base:
        return merge_base(checkout, default_branch(checkout), head or "HEAD"), head_commit
    if separator == "...":
        return merge_base(checkout, base, head or "HEAD"), head_commit
    return commit_of(checkout, base), head_commit


def _side(root: Path) -> _Side:
    """Read an app; where ``app.yaml`` is missing, there was none yet."""
    if not (root / APP_FILE).is_file():
        return _Side(root=root, app=None)
    try:
        app = load_ksonnet_app(root) if is_ksonnet_app(root) else load_app(root)
    except AppError as error:
        return _Side(root=root, app=None, problems=error.findings)
    return _Side(root=root, app=app)


def _review(base: _Side, head: _Side, wanted: Sequence[str], report: Report) -> Review:
    _check_names(base, head, wanted)
    names = sorted({*wanted} or base.names | head.names)
    if head.problems:  # nothing of it can be compiled, whatever the base was
        return Review(base="", head="", findings=head.problems)
    skipped = [name for name in names if _is_same(base, head, name)]
    memo = Memo()
    compared = [_compared(base, head, name, memo) for name in names if name not in skipped]
    known = {name: item for name, item in head.declared.items() if name in names}
    reviews = with_declared(compared, known)
    components = sum(side.count(names) for side in (base, head))
    reused = memo.reused + sum(side.count(skipped) for side in (base, head))
    if skipped or reused:
        what = f"{len(skipped)} of {len(names)} environments, {reused} of {components} components"
        report(f"skipped {what}: what they read is the same")
    environments = tuple(
        replace(each, findings=as_set(each.findings, head.settings)) for each in reviews
    )
    return Review(
        base="",
        head="",
        environments=environments,
        skipped=tuple(skipped),
        components=components,
        evaluated=components - reused,
        findings=_of_the_app(base, head, environments, is_whole=not wanted),
    )


def _of_the_app(
    base: _Side, head: _Side, environments: Sequence[EnvironmentReview], *, is_whole: bool
) -> tuple[Finding, ...]:
    """Return what concerns no single environment.

    What the head says of reviews does not count for the finding that it says something new.
    """
    if base.problems:
        problems = _base_problems(base.problems, "the base does not compile")
        return as_set(tuple(problems), head.settings)
    found = [item for each in environments for item in each.findings]
    changes = (
        *lowered(base.settings, head.settings, sorted(head.names)),
        *new_mutes(base.settings, head.settings, found if is_whole else None),
    )
    return as_set(changes, base.settings)


def _check_names(base: _Side, head: _Side, wanted: Sequence[str]) -> None:
    """Check that the environments exist on one side; a broken one could have any."""
    for name in wanted:
        if name not in base.names | head.names and not head.problems:
            app = head.app or base.app
            if app is None:
                message = f'there is no environment "{name}"'
                raise UsageError(Finding(rule="environment-unknown", message=message))
            raise unknown_environment(app, name)


def _compared(base: _Side, head: _Side, name: str, memo: Memo) -> EnvironmentReview:
    """Compile both sides of an environment and compare them."""
    before = _compile(base, name, memo)
    after = _compile(head, name, memo)
    if isinstance(after, AppError):
        findings = in_order([replace(item, environment=name) for item in after.findings])
        return EnvironmentReview(name=name, state=ReviewState.HEAD_BROKEN, findings=findings)
    if isinstance(before, AppError):
        review = review_environment(name, None, after, ReviewState.BASE_BROKEN)
        problems = _base_problems(before.findings, "the base of this environment does not compile")
        noted = (replace(item, environment=name) for item in problems)
        return replace(review, findings=in_order((*noted, *review.findings)))
    state = _state(base, before, after)
    if before is None or after is None:
        return review_environment(name, before, after, state)
    evidence = _evidence(base, head, before, after, memo)
    return review_environment(name, before, after, state, evidence)


def _evidence(
    base: _Side, head: _Side, before: CompiledEnvironment, after: CompiledEnvironment, memo: Memo
) -> Evidence:
    """Return what tells the causes apart in an environment that both sides have."""
    name = after.environment.name
    old, new = (sources_of(side.app, side.tree, name) for side in (base, head) if side.app)
    sources = source_changes(old, new)
    reuse = Reuse(memo=replace(memo), tree=head.tree)  # the same knowledge, but not counted

    def set_back(change: ParameterChange) -> Sequence[Manifest] | None:
        return objects_set_back(head.app, before, after, change, reuse) if head.app else None

    return Evidence(
        sources=sources,
        edited=edited_components(before.environment, after.environment, head.tree, sources),
        set_back=set_back,
    )


def _state(
    base: _Side, before: CompiledEnvironment | None, after: CompiledEnvironment | None
) -> ReviewState:
    if before is None:
        return ReviewState.BASE_BROKEN if base.problems else ReviewState.ADDED
    return ReviewState.CHANGED if after else ReviewState.REMOVED


def _compile(side: _Side, name: str, memo: Memo) -> CompiledEnvironment | AppError | None:
    if side.app is None or name not in side.names:
        return None
    options = CompileOptions(reuse=Reuse(memo=memo, tree=side.tree))
    try:
        return compile_environment(side.app, name, options)
    except AppError as error:
        return error


def _base_problems(problems: Sequence[Finding], message: str) -> Iterator[Finding]:
    """Yield one warning: what is wrong with the base is not the change's fault."""
    notes = [
        f"{item.message}{f' at {item.span} of the base' if item.span else ''}" for item in problems
    ]
    shown = tuple(notes[:_MAX_NOTES])
    message = f"{message}: all that the head holds is shown, as if it were new"
    yield replace(raised(rule="review-base", message=message), notes=shown)


def _is_same(base: _Side, head: _Side, name: str) -> bool:
    """Return whether both sides of an environment read the same, and so compile to the same."""
    if name not in base.names or name not in head.names:
        return False
    keys = [inputs_key(side.app, side.tree, name) for side in (base, head) if side.app]
    return keys[0] is not None and keys[0] == keys[1]
