"""``kuplet pkg``: install, update and verify packages."""

import sys
from pathlib import Path

import click

from compiler.app.load_app import find_app_root
from compiler.cli.app import load_any_app
from compiler.cli.commands.registry import report
from compiler.cli.options import confirm, output_option
from compiler.cli.report.diff import environments_text
from compiler.cli.report.findings import print_findings, summary
from compiler.cli.report.table import rows_text
from compiler.errors import AppError
from compiler.packages.install import fetch_step, install, remove, restore
from compiler.packages.package_id import parse_package
from compiler.packages.packaged_app import EVERYWHERE, load_packaged_app
from compiler.packages.update import find_updates, updated_copy
from compiler.packages.verify import verify
from compiler.packages.views import PACKAGE_COLUMNS, installed_rows, offered_rows, package_lines
from compiler.pipeline import compile_environment
from compiler.stages.diff import compare_environments


@click.group()
def pkg() -> None:
    """Install, update, verify and remove packages."""


@pkg.command("list")
@click.option("--installed", is_flag=True, help="Only what the app names; asks no registry.")
@output_option("table", "json", "yaml")
@click.pass_obj
def list_(directory: Path, /, output: str, *, installed: bool) -> None:
    """List the packages of all registries, and which of them are installed."""
    app = load_packaged_app(find_app_root(directory))
    rows, problems = (installed_rows(app), []) if installed else offered_rows(app, report)
    print_findings(problems)
    click.echo(rows_text("pkgList", PACKAGE_COLUMNS, rows, output))


@pkg.command()
@click.argument("package")
@click.pass_obj
def describe(directory: Path, /, package: str) -> None:
    """Say what a package is and which prototypes it has."""
    app = load_packaged_app(find_app_root(directory))
    click.echo("\n".join(package_lines(app, parse_package(package), report)))


@pkg.command("install")
@click.argument("package", required=False)
@click.option("--env", "environment", default=EVERYWHERE, help="Only for this environment.")
@click.option("--force", is_flag=True, help="Replace what was changed by hand.")
@click.pass_obj
def install_(directory: Path, /, package: str | None, environment: str, *, force: bool) -> None:
    """Install PACKAGE, written REGISTRY/NAME or REGISTRY/NAME@VERSION.

    Without PACKAGE, bring back all that the app names and vendor/ lacks, as kuplet.lock says.
    """
    app = load_packaged_app(find_app_root(directory))
    if package is None:
        count = 0
        for restored in restore(app, report, force=force):
            click.echo(f"installed {restored}", err=True)
            count += 1
        click.echo(f"{count} installed, {len(app.used) - count} were there", err=True)
        return
    step = fetch_step(app, parse_package(package), environment, report)
    install(app, [step], force=force)
    click.echo(f"installed {step.package}{_for(environment)}", err=True)


pkg.add_command(install_, "get")


@pkg.command("remove")
@click.argument("package")
@click.option("--env", "environment", default=EVERYWHERE, help="Only from this environment.")
@click.pass_obj
def remove_(directory: Path, /, package: str, environment: str) -> None:
    """Remove PACKAGE from the app, unless a component is made from it."""
    wanted = parse_package(package)
    file = remove(load_packaged_app(find_app_root(directory)), wanted.path, environment)
    click.echo(f"removed {wanted.path} from {file}", err=True)


@pkg.command("verify")
@click.pass_obj
def verify_(directory: Path, /) -> None:
    """Compare vendor/ with kuplet.lock: changed, missing and foreign files."""
    app = load_packaged_app(find_app_root(directory))
    findings = verify(app)
    print_findings(findings)
    errors = [finding for finding in findings if finding.is_error]
    click.echo(summary(findings) or f"{len(app.used)} packages are as locked", err=True)
    sys.exit(AppError.exit_code if errors else 0)


@pkg.command("update")
@click.argument("package", required=False)
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--force", is_flag=True, help="Also when an environment would not compile.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def update_(
    directory: Path, /, package: str | None, *, dry_run: bool, force: bool, yes: bool
) -> None:
    """Update PACKAGE, or all; shows first what changes in the environments.

    Branches and registries without versions are followed. Tags and commits stay, unless another
    one is named: REGISTRY/NAME@VERSION.
    """
    app = load_packaged_app(find_app_root(directory))
    update = find_updates(app, parse_package(package) if package else None, report)
    for kept, reason in update.kept:
        click.echo(f"{kept}: {reason}", err=True)
    if not update.steps:
        click.echo("nothing to update", err=True)
        return
    for step in update.steps:
        click.echo(f"{step.before} → {step.package}{_for(step.scope)}", err=True)
    with updated_copy(app, update) as copy:
        _show_effects(app.root, copy, force=force)
    if not dry_run and confirm("update?", yes=yes):
        install(app, list(update.steps), force=force)
        click.echo(f"{len(update.steps)} updated", err=True)


def _show_effects(root: Path, copy: Path, *, force: bool) -> None:
    """Print how every environment changes.

    Raises:
        AppError: One that compiles now would not, and ``force`` is not said.
    """
    old, new = load_any_app(root), load_any_app(copy)
    for name in old.environment_names:
        try:
            before = compile_environment(old, name).manifests
        except AppError:
            click.echo(f"environment {name} does not compile now", err=True)
            continue
        try:
            after = compile_environment(new, name).manifests
        except AppError as error:
            if not force:
                raise
            print_findings(error.findings)
            continue
        pairs = compare_environments(before, after)
        click.echo(environments_text(pairs), nl=False)
        click.echo(f"environment {name}: {len(pairs)} objects change", err=True)


def _for(scope: str) -> str:
    return f" for environment {scope}" if scope else ""
