"""``kuplet upgrade``: from an app of ksonnet to an app of kuplet."""

from pathlib import Path

import click

from compiler.cli.app import editing, load_any_app
from compiler.cli.options import confirm
from compiler.cli.output import say, show
from compiler.cli.report.findings import print_findings
from compiler.cli.report.languages import styled
from compiler.errors import UsageError
from compiler.formats.ksonnet.app import KsonnetApp
from compiler.model.finding import Finding
from compiler.verbs.upgrade.upgrade import (
    CheckedUpgrade,
    check_recoverable,
    checked_upgrade,
    write_upgrade,
)


@click.command()
@click.option("--dry-run", is_flag=True, help="Show the files that would be written, and stop.")
@click.option("--force", is_flag=True, help="Write even if git cannot bring the old files back.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
@editing
def upgrade(directory: Path, /, *, dry_run: bool, force: bool, yes: bool) -> None:
    """Turn an app of ksonnet into an app of kuplet.

    Components become entries of environments/base.yaml, what an environment overrides goes into its
    file, packages into kuplet.lock. Nothing is written unless every environment compiles to the
    same objects before and after; labels aside, by which kuplet and ksonnet know their own.
    """
    app = load_any_app(directory)
    if not isinstance(app, KsonnetApp):
        message = "this is an app of kuplet already"
        raise UsageError(Finding(rule="ksonnet-only", message=message))
    checked = checked_upgrade(app)
    print_findings(checked.plan.notes)
    show(_plan_text(checked, whole=dry_run), nl=False)
    if dry_run:
        return
    if not force:
        check_recoverable(app.root)
    if confirm("write these files?", yes=yes):
        if not force:  # somebody may have edited one while we asked
            check_recoverable(app.root)
        write_upgrade(app, checked.plan)
        say(f"upgraded {app.name}; next: kuplet validate")


def _plan_text(checked: CheckedUpgrade, *, whole: bool) -> str:
    """Return what would be written; with ``whole`` the new texts too."""
    plan = checked.plan
    lines = [styled(f"  + {file}", fg="green") for file in plan.texts]
    lines += [styled(f"  - {file}", fg="red") for file in plan.removed]
    lines += [
        f"environment {name}: the same {count} objects as before"
        for name, count in checked.counts.items()
    ]
    for file, text in plan.texts.items() if whole else ():
        if not file.startswith("schemas/"):
            lines += ["", f"# {file}", text.rstrip("\n")]
    return "\n".join(lines) + "\n"
