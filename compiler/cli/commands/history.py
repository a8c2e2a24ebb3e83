"""``kuplet history``: what was applied, when, by whom, and what changed."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler.cli.app import load_any_app
from compiler.cli.options import ENVIRONMENT, output_option, sandbox_option
from compiler.cli.output import say, show
from compiler.cli.report.diff import parameter_lines, unified_yaml
from compiler.cli.report.findings import print_findings
from compiler.cli.report.table import document_text, rows_text
from compiler.errors import UsageError
from compiler.model.change import FieldChange, ParameterDifference
from compiler.model.finding import Finding
from compiler.model.promotion import Promoted
from compiler.model.release import Release, ReleaseStatus, ReleaseVerb
from compiler.stages.diff import field_changes
from compiler.stages.release import shown_document, standings
from compiler.stages.release_changes import (
    ReleaseChanges,
    changes_between,
    changes_of,
    with_left,
)
from compiler.verbs.compile import resolve_environment
from compiler.verbs.destination import open_destination
from compiler.verbs.record import releases_of

if TYPE_CHECKING:
    from compiler.model.json import JsonObject

_PAST = {
    ReleaseVerb.APPLY: "applied",
    ReleaseVerb.DELETE: "deleted",
    ReleaseVerb.ROLLBACK: "rolled back to release {}",
}
COLUMNS = ("revision", "status", "started", "by", "commit", "what", "promoted", "changed")
_SHORT = 12


@click.command()
@ENVIRONMENT
@click.argument("revisions", nargs=-1, type=click.IntRange(min=1), metavar="[REVISION [OTHER]]")
@output_option("table", "json", "yaml")
@sandbox_option
@click.pass_obj
def history(
    directory: Path,
    /,
    environment: str,
    revisions: tuple[int, ...],
    output: str,
    *,
    rehearse: bool,
) -> None:
    """List the releases of ENVIRONMENT, the newest first: every apply is one.

    With a REVISION, show what it changed; with two, what differs between them in the components
    that both applied. Values of Secrets are not recorded, only digests of them.
    """
    app = load_any_app(directory, environment)
    resolved = resolve_environment(app, environment)
    target = open_destination(resolved, _progress, rehearse=rehearse, only_looks=True)
    records = releases_of(resolved, target.cluster).all()
    releases = with_left(records.releases)
    print_findings(records.damaged)
    if revisions:
        before, after = _pair(releases, revisions, is_whole=not records.damaged)
        changed = changes_between if len(revisions) > 1 else changes_of
        show(_difference(before, after, changed(before, after), output))
    else:
        show(rows_text("releaseList", COLUMNS, list(_rows(releases)), output))


def _rows(releases: Sequence[Release]) -> Iterator[tuple[str, ...]]:
    earlier = [*releases, None][1:]
    for release, previous, there in zip(releases, earlier, standings(releases), strict=True):
        source = release.source
        yield (
            str(release.revision),
            _status(release, is_newest=release is releases[0]),
            release.started,
            release.user,
            source.commit[:_SHORT] + _plus(is_dirty=source.is_dirty),
            _what(release),
            _promoted_now(release, previous),
            changes_of(there, release).summary,
        )


def _status(release: Release, *, is_newest: bool) -> str:
    """Return how a release ended; nobody can finish one that was left when another one began."""
    is_left = release.status is ReleaseStatus.RUNNING and not is_newest
    return "superseded" if is_left else release.status.value


def _what(release: Release) -> str:
    names = ", ".join(release.components) or "all"
    if release.verb is ReleaseVerb.ROLLBACK:
        return f"back to {release.rollback_of}"
    return names if release.verb is ReleaseVerb.APPLY else f"{names}, deleted"


def _promoted_now(release: Release, earlier: Release | None) -> str:
    """Return where a release was promoted from; nothing if the one before it says the same."""
    promoted = release.promoted
    if promoted is None or (earlier and earlier.promoted == promoted):
        return ""
    what = str(promoted.revision or "files") + _plus(is_dirty=promoted.is_dirty)
    name = promoted.by.partition(" <")[0]
    return f"{promoted.source} {what}" + (f" by {name}" if name else "")


def _pair(
    releases: Sequence[Release], revisions: tuple[int, ...], *, is_whole: bool
) -> tuple[Release | None, Release]:
    """Return the two releases to compare, the earlier one first; of one, what was there before.

    Args:
        is_whole: Whether these are all that there are.

    Raises:
        UsageError: There is no such revision, or more than two were named.
    """
    known = {release.revision: release for release in releases}
    for revision in revisions:
        if revision not in known:
            message = f"there is no revision {revision}{'' if is_whole else ' that can be read'}"
            hint = f"known: {', '.join(map(str, sorted(known)))}" if known else "none yet"
            raise UsageError(Finding(rule="revision-unknown", message=message, hint=hint))
    if len(revisions) > 2:  # noqa: PLR2004  a comparison has two sides
        message = "name one revision, or two"
        raise UsageError(Finding(rule="revision-unknown", message=message))
    if len(revisions) == 1:
        after = known[revisions[0]]
        return standings(releases)[releases.index(after)], after
    return known[revisions[0]], known[revisions[1]]


def _difference(
    before: Release | None, after: Release, changes: ReleaseChanges, output: str
) -> str:
    if output != "table":
        document: JsonObject = shown_document(after)
        document |= {"status": after.status.value, "finished": after.finished}
        document["images"] = {image: dict(found) for image, found in after.images.items()}
        document["changed"] = {
            "parameters": [_field(change) for change in changes.parameters],
            "objects": {
                name: [_field(item) for item in field_changes(*difference.bodies)]
                for name, difference in changes.objects
            },
            "again": {name: deed.value for name, deed in changes.again.items()},
        }
        return document_text(document, output)
    return "\n".join(_lines(before, after, changes))


def _lines(before: Release | None, after: Release, changes: ReleaseChanges) -> Iterator[str]:
    source = after.source
    since = f"revision {before.revision}" if before else "nothing"
    yield f"revision {after.revision}, {after.status}: {after.problem}".rstrip(": ")
    past = _PAST[after.verb].format(after.rollback_of)
    yield f"  {past} by {after.user}, {after.started} to {after.finished or '…'}, {after.tool}"
    if after.lock_taken_from:
        yield f"  took the lock of {after.lock_taken_from}"
    yield f"  from commit {source.commit or 'none'}{_dirty(is_dirty=source.is_dirty)}"
    yield f"  digest {after.digest}"
    if after.promoted:
        yield f"  {_promotion(after.promoted)}"
    for image, digests in after.images.items():
        yield f"  image {image} is {' and '.join(digests)}"
    where = f" in {', '.join(changes.components)}" if changes.components else ""
    yield f"  changed{where} since {since}: {changes.summary}"
    for name, deed in changes.again.items():
        yield f"    again: {deed} {name}"
    for parameter in changes.parameters:
        yield from parameter_lines(parameter)
    for name, difference in changes.objects:
        yield ""
        before_body, after_body = difference.bodies
        yield from unified_yaml(before_body, after_body, name)


def _plus(*, is_dirty: bool) -> str:
    """Return what stands in a table behind a commit that does not hold everything."""
    return "+" if is_dirty else ""


def _dirty(*, is_dirty: bool) -> str:
    return " and changes that were not committed" if is_dirty else ""


def _promotion(promoted: Promoted) -> str:
    parts = [
        f"promoted from {promoted.source}",
        f"revision {promoted.revision}" if promoted.revision else "its files",
        f"by {promoted.by}" if promoted.by else "",
        f"commit {promoted.commit}{_dirty(is_dirty=promoted.is_dirty)}" if promoted.commit else "",
    ]
    return ", ".join(filter(None, parts))


def _field(change: FieldChange | ParameterDifference) -> "JsonObject":
    return {"path": change.path, "before": change.before, "after": change.after}


def _progress(line: str) -> None:
    say(line)
