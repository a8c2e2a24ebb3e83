"""The root command and the one boundary that turns errors into text and an exit code."""

import errno
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import NoReturn

import click

from compiler.cli.gone_flags import explained
from compiler.cli.lazy_group import LazyCommand, LazyGroup
from compiler.cli.report.findings import print_findings
from compiler.errors import AppError, ExternalError, KupletError
from compiler.model.finding import Finding
from compiler.text.reading import UnreadableFileError

INTERRUPTED = 130
BUG = 70  # EX_SOFTWARE of sysexits.h
_DISK = {errno.EACCES, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC, errno.EPERM, errno.EROFS}

_COMMANDS = {
    "init": LazyCommand("init:init", "Start a new app", "Compose"),
    "prototype": LazyCommand("prototype:prototype", "Look at ready building blocks", "Compose"),
    "registry": LazyCommand("registry:registry", "Places that packages come from", "Compose"),
    "pkg": LazyCommand("pkg:pkg", "Install, update and verify packages", "Compose"),
    "generate": LazyCommand("generate:generate", "Make a component from a prototype", "Compose"),
    "import": LazyCommand("import_:import_", "Make components of existing manifests", "Compose"),
    "upgrade": LazyCommand("upgrade:upgrade", "Turn a ksonnet app into a kuplet app", "Compose"),
    "component": LazyCommand("component:component", "List and remove components", "Compose"),
    "module": LazyCommand("module:module", "List the modules of a ksonnet app", "Compose"),
    "param": LazyCommand("param:param", "Set, list and compare parameters", "Compose"),
    "env": LazyCommand("env:env", "List, describe, add and remove environments", "Compose"),
    "compile": LazyCommand("compile:compile_", "Print an environment's objects", "Compile"),
    "show": LazyCommand("compile:compile_", "The same as compile, as ksonnet called it", "Compile"),
    "validate": LazyCommand("validate:validate", "Check files, parameters and objects", "Compile"),
    "review": LazyCommand("review:review", "Show what a change of the files does", "Compile"),
    "graph": LazyCommand("graph:graph", "Show what waits for what, and why", "Compile"),
    "diff": LazyCommand("diff:diff", "Show what apply would change", "Run"),
    "apply": LazyCommand("apply:apply", "Bring a cluster to what the app says", "Run"),
    "delete": LazyCommand("delete:delete", "Remove an environment's objects", "Run"),
    "promote": LazyCommand("promote:promote", "Copy a release to another environment", "Run"),
    "history": LazyCommand("history:history", "List an environment's releases", "Run"),
    "sandbox": LazyCommand("sandbox:sandbox", "A real control plane on this machine", "Run"),
    "completion": LazyCommand("completion:completion", "Print a completion script", "Other"),
    "help": LazyCommand("help:help_", "The same as --help", "Other"),
    "version": LazyCommand("version:version", "Print versions", "Other"),
}


@click.group(
    cls=LazyGroup, lazy=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path(),
    help="Look for the app here and above instead of in the working directory.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def cli(ctx: click.Context, directory: Path, *, debug: bool) -> None:
    """Compile, check and apply machine-learning systems on Kubernetes.

    An app is composed of components, made from prototypes; each environment sets their parameters.
    Start with `kuplet init NAME`, or in an app with `kuplet validate`.
    """
    ctx.obj = directory
    ctx.meta["debug"] = debug
    ctx.color = _wants_color()


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    arguments = sys.argv[1:]
    try:
        code = cli.main(arguments, prog_name="kuplet", standalone_mode=False)
    except click.ClickException as error:
        explained(error).show()
        code = error.exit_code
    except KupletError as error:
        if "--debug" in arguments:
            traceback.print_exc()
        print_findings(error.findings, color=_wants_color())
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        code = INTERRUPTED
    except BrokenPipeError:  # the reader of our output is gone, as in `kuplet compile x | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except UnreadableFileError as error:
        code = _report_unreadable(error)
    except OSError as error:
        code = _report_disk(error) if error.errno in _DISK else _report_bug(arguments)
    except Exception:  # noqa: BLE001  the boundary: a bug must not look like a wrong app
        code = _report_bug(arguments)
    sys.exit(code if isinstance(code, int) else 0)


def _wants_color() -> bool | None:
    """Return what NO_COLOR and FORCE_COLOR ask for; ``None`` leaves it to the terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def _report_disk(error: OSError) -> int:
    """Say what kept a file from being written; that is nobody's bug."""
    place = f' "{error.filename}"' if error.filename else ""
    message = f"cannot write{place}: {error.strerror}"
    hint = "check rights and space"
    print_findings([Finding(rule="file-unwritable", message=message, hint=hint)])
    return ExternalError.exit_code


def _report_unreadable(error: UnreadableFileError) -> int:
    message = f'cannot read "{error.filename}": {error.strerror}'
    print_findings([Finding(rule="file-unreadable", message=message)])
    return AppError.exit_code


def _report_bug(arguments: list[str]) -> int:
    if "--debug" in arguments:
        traceback.print_exc()
        return BUG
    with tempfile.NamedTemporaryFile(
        "w", prefix="kuplet-bug-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        log.write(traceback.format_exc())
    click.echo(f"this is a bug in kuplet: {sys.exc_info()[1]!r}", err=True)
    click.echo(f"the traceback is in {log.name}; please report it", err=True)
    return BUG
