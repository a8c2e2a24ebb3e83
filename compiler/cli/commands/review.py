"""``kuplet review``: what a change of the app's files does to which environment."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from compiler.cli.format_file import FormatFile, FormatFileType
from compiler.cli.names import complete_environment
from compiler.cli.output import say, write_or_show
from compiler.cli.report.review_github import review_github
from compiler.cli.report.review_json import review_json
from compiler.cli.report.review_junit import review_junit
from compiler.cli.report.review_markdown import review_markdown
from compiler.cli.report.review_page.page import review_html
from compiler.cli.report.review_sarif import review_sarif
from compiler.cli.report.review_text import review_summary, review_text
from compiler.errors import AppError, UsageError
from compiler.formats.kuplet.load import find_app_root
from compiler.model.finding import Finding
from compiler.model.review import Review
from compiler.verbs.review.review import review_directories, review_revisions, review_staged

_RENDERERS: Mapping[str, Callable[[Review], str]] = {
    "text": review_text,
    "json": review_json,
    "markdown": review_markdown,
    "html": review_html,
    "sarif": review_sarif,
    "junit": review_junit,
    "github": review_github,
}


@click.command()
@click.argument("revisions", required=False, default="", metavar="[BASE[..HEAD]]")
@click.option(
    "--env",
    "environments",
    multiple=True,
    shell_complete=complete_environment,
    help="Only this environment; repeatable.",
)
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Compare with the app in this directory instead of one in git.",
)
@click.option("--staged", is_flag=True, help="Compare HEAD with git's index: the next commit.")
@click.option(
    "-o",
    "--output",
    "outputs",
    type=FormatFileType(_RENDERERS),
    multiple=True,
    default=[FormatFile("text")],
    help=f"How: {', '.join(_RENDERERS)}. Repeatable; into a file, or to stdout.",
)
@click.pass_obj
def review(
    directory: Path,
    /,
    *,
    revisions: str,
    environments: tuple[str, ...],
    against: Path | None,
    staged: bool,
    outputs: tuple[FormatFile, ...],
) -> None:
    """Show what a change of the app's files does: parameters, objects, and what that causes.

    Without BASE, compare with where the branch left the default branch. Without HEAD, look at the
    files as they are now. BASE...HEAD compares with where both parted, as git diff does.
    With --staged, look at what the next commit would hold, as a hook of git must. With -o html,
    print all of it as one page for a browser.

    Exits with 1 when there is an error among the findings.
    """
    root = find_app_root(directory)
    _check_conflicts(revisions, against, staged=staged)
    _check_outputs(outputs)
    if staged:
        found = review_staged(root, environments, _report)
    elif against:
        found = review_directories(against.resolve(), root, environments, _report)
    else:
        found = review_revisions(root, revisions, environments, _report)
    for output in outputs:
        write_or_show(_RENDERERS[output.format](found), output.file)
    say(review_summary(found))
    if any(finding.is_error for finding in found.all_findings):
        sys.exit(AppError.exit_code)


def _check_conflicts(revisions: str, against: Path | None, *, staged: bool) -> None:
    if staged and (revisions or against):
        message = "--staged names both sides already: HEAD and the index"
        raise UsageError(Finding(rule="option-conflict", message=message))
    if against and revisions:
        message = "--against names the base already"
        raise UsageError(Finding(rule="option-conflict", message=message))


def _check_outputs(outputs: Sequence[FormatFile]) -> None:
    files = [output.file for output in outputs]
    if len(set(files)) < len(files):
        message = "two formats go to the same place"
        hint = "give each a file: -o markdown=review.md -o html=review.html"
        raise UsageError(Finding(rule="option-conflict", message=message, hint=hint))


def _report(line: str) -> None:
    say(line)
