"""Reviews a change: finds its two sides, compiles what differs in them, and has it judged."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from compiler.errors import AppError, UsageError
from compiler.formats.kuplet.load import APP_FILE, unknown_environment
from compiler.formats.memo import Memo
from compiler.formats.options import CompileOptions, Reuse
from compiler.git.checkout import (
    find_checkout,
    last_commit,
    write_index,
)
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding, Severity
from compiler.model.manifest import Manifest
from compiler.model.ref import ParameterRef
from compiler.model.review import EnvironmentReview, ParameterChange, Review, ReviewState
from compiler.stages.review.causes import Evidence
from compiler.stages.review.parameters import parameter_changes
from compiler.stages.review.review import in_order, review_environment, with_declared
from compiler.stages.review.rules import raised
from compiler.stages.review.settings import as_set, lowered, new_mutes
from compiler.stages.review.sources import source_changes
from compiler.verbs.compile import compile_environment
from compiler.verbs.review.evidence import edited_components, objects_set_back
from compiler.verbs.review.sides import Side, copy_of, copy_of_commit, read_side, revisions_of
from compiler.verbs.secret_parameters import secret_parameters

WORKING_TREE = "the working tree"
INDEX = "the index"
_NO_COMMIT = "no commit"
_SHORT = 12  # digits of a commit that people need
_MAX_NOTES = 3

Report = Callable[[str], None]


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
    base, head = revisions_of(checkout, revisions)
    if not revisions and base == last_commit(checkout):
        report("no commit has left the default branch: only changes of files are reviewed")
    with ExitStack() as stack:
        before = stack.enter_context(copy_of_commit(checkout, base, root))
        after = stack.enter_context(copy_of_commit(checkout, head, root)) if head else root
        review = _review(read_side(before), read_side(after), environments, report)
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
        before = stack.enter_context(copy_of_commit(checkout, base, root))
        after = stack.enter_context(copy_of(root, lambda copy: write_index(checkout, copy)))
        review = _review(read_side(before), read_side(after), environments, report)
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
        _review(read_side(before), read_side(after), environments, report),
        base=str(before),
        head=WORKING_TREE,
    )


def _review(base: Side, head: Side, wanted: Sequence[str], report: Report) -> Review:
    _check_names(base, head, wanted)
    names = sorted({*wanted} or base.names | head.names)
    if head.problems:  # nothing of it can be compiled, whatever the base was
        return Review(base="", head="", findings=head.problems)
    skipped = [name for name in names if _is_same(base, head, name)]
    memo = Memo()
    compared = [_compared(base, head, name, memo) for name in names if name not in skipped]
    reviews = with_declared(compared, base.declared, head.declared, names)
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
    base: Side, head: Side, environments: Sequence[EnvironmentReview], *, is_whole: bool
) -> tuple[Finding, ...]:
    """Return what concerns no single environment.

    What the head says of reviews does not count for the finding that it says something new.
    """
    if base.problems:
        problems = _base_problems(base.problems, "the base does not compile")
        return as_set(tuple(problems), head.settings)
    if head.app and not base.app:
        message = "the base has no app in this directory: all of it is new, nothing is compared"
        note = raised(rule="review-base", message=message, severity=Severity.NOTE)
        return as_set((note,), head.settings)
    found = [item for each in environments for item in each.findings]
    changes = (
        *lowered(base.settings, head.settings, sorted(head.names)),
        *new_mutes(base.settings, head.settings, found if is_whole else None),
    )
    return as_set(changes, base.settings)


def _check_names(base: Side, head: Side, wanted: Sequence[str]) -> None:
    """Check that the environments exist on one side; a broken one could have any."""
    for name in wanted:
        if name not in base.names | head.names and not head.problems:
            app = head.app or base.app
            if app is None:
                message = f'there is no environment "{name}"'
                raise UsageError(Finding(rule="environment-unknown", message=message))
            raise unknown_environment(app, name)


def _compared(base: Side, head: Side, name: str, memo: Memo) -> EnvironmentReview:
    """Compile both sides of an environment and compare them."""
    before = _compile(base, name, memo)
    after = _compile(head, name, memo)
    if isinstance(after, AppError):
        findings = in_order([replace(item, environment=name) for item in after.findings])
        return EnvironmentReview(name=name, state=ReviewState.HEAD_BROKEN, findings=findings)
    if isinstance(before, AppError):
        secret = _secret([(base, None), (head, after)], memo)
        review = review_environment(name, None, after, ReviewState.BASE_BROKEN, secret=secret)
        problems = _base_problems(before.findings, "the base of this environment does not compile")
        noted = (replace(item, environment=name) for item in problems)
        return replace(review, findings=in_order((*noted, *review.findings)))
    state = _state(base, before, after)
    secret = _secret([(base, before), (head, after)], memo)
    if before is None or after is None:
        return review_environment(name, before, after, state, secret=secret)
    evidence = _evidence(base, head, before, after, memo)
    return review_environment(name, before, after, state, evidence, secret)


def _secret(
    sides: Sequence[tuple[Side, CompiledEnvironment | None]], memo: Memo
) -> set[ParameterRef]:
    """Return which parameters of those that differ are secret on one of the sides."""
    compiled = [item for _, item in sides]
    changed = {item.ref for item in parameter_changes(compiled[0], compiled[-1])}
    found: set[ParameterRef] = set()
    for side, item in sides:
        if side.app and item:
            options = CompileOptions(reuse=Reuse(memo=memo.uncounted(), tree=side.tree))
            found |= secret_parameters(side.app, item, options, changed)
    return found


def _evidence(
    base: Side, head: Side, before: CompiledEnvironment, after: CompiledEnvironment, memo: Memo
) -> Evidence:
    """Return what tells the causes apart in an environment that both sides have."""
    name = after.environment.name
    old, new = (side.inputs.sources(side.tree, name) for side in (base, head) if side.inputs)
    sources = source_changes(old, new)
    reuse = Reuse(memo=memo.uncounted(), tree=head.tree)

    def set_back(changes: Sequence[ParameterChange]) -> Sequence[Manifest] | None:
        return objects_set_back(head.app, before, after, changes, reuse) if head.app else None

    return Evidence(
        sources=sources,
        edited=edited_components(before.environment, after.environment, sources),
        nosy=head.nosy_components(after.environment),
        set_back=set_back,
    )


def _state(
    base: Side, before: CompiledEnvironment | None, after: CompiledEnvironment | None
) -> ReviewState:
    if before is None:
        return ReviewState.BASE_BROKEN if base.problems else ReviewState.ADDED
    return ReviewState.CHANGED if after else ReviewState.REMOVED


def _compile(side: Side, name: str, memo: Memo) -> CompiledEnvironment | AppError | None:
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


def _is_same(base: Side, head: Side, name: str) -> bool:
    """Return whether both sides of an environment read the same, and so compile to the same."""
    if name not in base.names or name not in head.names:
        return False
    before, after = base.key_of(name), head.key_of(name)
    return before is not None and before == after
