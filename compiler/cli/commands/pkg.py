"""``kuplet pkg``: install, update and verify packages."""

import sys
from pathlib import Path

import click

from compiler.cli.app import editing, load_any_app
from compiler.cli.commands.registry import report
from compiler.cli.names import complete_environment_file, complete_package
from compiler.cli.options import confirm, output_option
from compiler.cli.output import say, show
from compiler.cli.report.diff import environments_text
from compiler.cli.report.findings import (
    findings_json,
    findings_text,
    print_findings,
    summary,
)
from compiler.cli.report.table import rows_text
from compiler.errors import AppError
from compiler.formats.kuplet.load import find_app_root
from compiler.formats.packaged_app import EVERYWHERE
from compiler.model.compiled import CompiledEnvironment
from compiler.stages.diff import compare_environments
from compiler.stages.words import counted
from compiler.verbs.packages.install import fetch_step, install, remove, restore
from compiler.verbs.packages.package_id import parse_package
from compiler.verbs.packages.packaged_app import load_packaged_app
from compiler.verbs.packages.update import find_updates, parameter_changes, with_update
from compiler.verbs.packages.verify import verify
from compiler.verbs.packages.views import (
    PACKAGE_COLUMNS,
    installed_rows,
    offered_rows,
    package_lines,
)


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
    show(rows_text("pkgList", PACKAGE_COLUMNS, rows, output))


@pkg.command()
@click.argument("package")
@click.pass_obj
def describe(directory: Path, /, package: str) -> None:
    """Say what a package is and which prototypes it has."""
    app = load_packaged_app(find_app_root(directory))
    show("\n".join(package_lines(app, parse_package(package), report)))


@pkg.command("install")
@click.argument("package", required=False)
@click.option(
    "--env",
    "environment",
    default=EVERYWHERE,
    shell_complete=complete_environment_file,
    help="Only for this environment.",
)
@click.option("--force", is_flag=True, help="Replace what was changed by hand.")
@click.pass_obj
@editing
def install_(directory: Path, /, package: str | None, environment: str, *, force: bool) -> None:
    """Install PACKAGE, written REGISTRY/NAME or REGISTRY/NAME@VERSION.

    Without PACKAGE, bring back all that the app names and vendor/ lacks, as kuplet.lock says.
    """
    app = load_packaged_app(find_app_root(directory))
    if package is None:
        count = 0
        for restored in restore(app, report, force=force):
            say(f"installed {restored}")
            count += 1
        say(f"{count} installed, {len(app.used) - count} were there")
        return
    step = fetch_step(app, parse_package(package), environment, report)
    install(app, [step], force=force)
    say(f"installed {step.package}{_for(environment)}")


pkg.add_command(install_, "get")


@pkg.command("remove")
@click.argument("package", shell_complete=complete_package)
@click.option(
    "--env",
    "environment",
    default=EVERYWHERE,
    shell_complete=complete_environment_file,
    help="Only from this environment.",
)
@click.pass_obj
@editing
def remove_(directory: Path, /, package: str, environment: str) -> None:
    """Remove PACKAGE from the app, unless a component is made from it."""
    wanted = parse_package(package)
    file = remove(load_packaged_app(find_app_root(directory)), wanted.path, environment)
    say(f"removed {wanted.path} from {file}")


@pkg.command("verify")
@output_option("text", "json")
@click.pass_obj
def verify_(directory: Path, /, output: str) -> None:
    """Compare vendor/ with kuplet.lock: changed, missing and foreign files.

    Exits with 1 when there is an error; warnings do not fail.
    """
    app = load_packaged_app(find_app_root(directory))
    findings = verify(app)
    if output == "json":
        show(findings_json(findings))
    else:
        for text in findings_text(findings):
            show(text)
        say(summary(findings) or f"{counted(len(app.used), 'package')} as locked")
    if any(finding.is_error for finding in findings):
        sys.exit(AppError.exit_code)


@pkg.command("update")
@click.argument("package", required=False, shell_complete=complete_package)
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--force", is_flag=True, help="Also when an environment would not compile.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
@editing
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
        say(f"{kept}: {reason}")
    if not update.steps:
        say("nothing to update")
        return
    for step in update.steps:
        say(f"{step.before} → {step.package}{_for(step.scope)}")
    with with_update(app, update) as copy:
        _show_effects(app.root, copy, force=force)
    if not dry_run and confirm("update?", yes=yes):
        install(app, list(update.steps), force=force)
        say(f"{len(update.steps)} updated")


def _show_effects(root: Path, copy: Path, *, force: bool) -> None:
    """Print how every environment changes.

    Raises:
        AppError: One that compiles now would not, and ``force`` is not said.
    """
    before = _compiled(root)
    for name, result in _compiled(copy).items():
        old = before.get(name)
        if old is None or isinstance(old, AppError):
            say(f"environment {name} does not compile now")
        elif isinstance(result, AppError):
            if not force:
                raise result
            print_findings(result.findings)
        else:
            pairs = compare_environments(old.manifests, result.manifests)
            show(environments_text(pairs), nl=False)
            for line in parameter_changes(old.environment, result.environment):
                say(line)
            print_findings([item for item in result.findings if item not in old.findings])
            verb = "changes" if len(pairs) == 1 else "change"
            say(f"environment {name}: {counted(len(pairs), 'object')} {verb}")


def _compiled(root: Path) -> dict[str, CompiledEnvironment | AppError]:
    """Return every environment compiled, or why it is not."""
    from compiler.verbs.compile import compile_environment

    try:
        app = load_any_app(root)
    except AppError as error:
        names = (name for name in load_packaged_app(root).scopes if name)
        return dict.fromkeys(names, error)
    found: dict[str, CompiledEnvironment | AppError] = {}
    for name in app.environment_names:
        try:
            found[name] = compile_environment(app, name)
        except AppError as error:
            found[name] = error
    return found


def _for(scope: str) -> str:
    return f" for environment {scope}" if scope else ""
