"""The root command and the one boundary that turns errors into text and an exit code."""

import errno
import io
import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from compiler.cli.gone_flags import explained
from compiler.cli.lazy_group import LazyCommand, LazyGroup
from compiler.cli.output import READER_GONE, ReaderGoneError, end, open_streams, say, show
from compiler.cli.signals import StoppedError, end_on_signals, ignore_signals
from compiler.errors import AppError, ExternalError, KupletError, UsageError

INTERRUPTED = 130
_COMPLETE = "_KUPLET_COMPLETE"
BUG = 70  # EX_SOFTWARE of sysexits.h
_DISK = {errno.EACCES, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC, errno.EPERM, errno.EROFS}
# A path that is none: too long, gone while we work in it, a file in the place of a directory.
_PLACE = {
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.ENOTEMPTY,
    errno.EEXIST,
    errno.EINVAL,
}
_LONGEST_PATH = 200
_LIMITS = {errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.E2BIG}

_COMMANDS = {
    "init": LazyCommand("init:init", "Start a new app", "Compose"),
    "prototype": LazyCommand("prototype:prototype", "Look at ready building blocks", "Compose"),
    "registry": LazyCommand("registry:registry", "Places that packages come from", "Compose"),
    "pkg": LazyCommand("pkg:pkg", "Install, update and verify packages", "Compose"),
    "generate": LazyCommand("generate:generate", "Make a component from a prototype", "Compose"),
    "import": LazyCommand("import_:import_", "Make components of existing manifests", "Compose"),
    "upgrade": LazyCommand("upgrade:upgrade", "Turn a ksonnet app into a kuplet app", "Compose"),
    "component": LazyCommand("component:component", "List, change, remove components", "Compose"),
    "module": LazyCommand("module:module", "List the modules of a ksonnet app", "Compose"),
    "param": LazyCommand("param:param", "Set, list and compare parameters", "Compose"),
    "schema": LazyCommand("schema:schema", "Definitions that objects are checked with", "Compose"),
    "env": LazyCommand("env:env", "List, describe, add and remove environments", "Compose"),
    "compile": LazyCommand(
        "compile:compile_", "Print an environment's objects", "Compile", evaluates=True
    ),
    "show": LazyCommand(
        "compile:compile_", "The same as compile, as ksonnet called it", "Compile", evaluates=True
    ),
    "validate": LazyCommand(
        "validate:validate", "Check files, parameters and objects", "Compile", evaluates=True
    ),
    "review": LazyCommand("review:review", "Show what a change of the files does", "Compile"),
    "affected": LazyCommand("affected:affected", "Say what a change of files reaches", "Compile"),
    "graph": LazyCommand(
        "graph:graph", "Show what waits for what, and why", "Compile", evaluates=True
    ),
    "fits": LazyCommand("fits:fits", "Say whether pods would find a place", "Run"),
    "diff": LazyCommand("diff:diff", "Show what apply would change", "Run", evaluates=True),
    "plan": LazyCommand(
        "plan:plan", "Show what apply would do, or keep it for later", "Run", evaluates=True
    ),
    "status": LazyCommand("status:status", "Show how an environment stands", "Run"),
    "logs": LazyCommand("logs:logs", "Show what pods print", "Run"),
    "events": LazyCommand("events:events", "List what happened to objects and pods", "Run"),
    "wait": LazyCommand("wait:wait", "Wait until an environment is ready", "Run"),
    "apply": LazyCommand(
        "apply:apply", "Bring a cluster to what the app says", "Run", evaluates=True
    ),
    "adopt": LazyCommand("adopt:adopt", "Write what others changed into the app", "Run"),
    "delete": LazyCommand("delete:delete", "Remove an environment's objects", "Run"),
    "run": LazyCommand("run:run", "Run a component's jobs once more", "Run"),
    "runs": LazyCommand("runs:runs", "List the runs of jobs, compare and remove them", "Run"),
    "rollback": LazyCommand("rollback:rollback", "Go back to an earlier release", "Run"),
    "promote": LazyCommand("promote:promote", "Copy a release to another environment", "Run"),
    "history": LazyCommand("history:history", "List an environment's releases", "Run"),
    "sandbox": LazyCommand("sandbox:sandbox", "A real control plane on this machine", "Run"),
    "cache": LazyCommand("cache:cache", "What is kept between runs", "Other"),
    "completion": LazyCommand("completion:completion", "Print a completion script", "Other"),
    "help": LazyCommand("help:help_", "The same as --help", "Other"),
    "version": LazyCommand("version:version", "Print versions", "Other"),
}


def _print_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:  # noqa: FBT001  click's
    if wanted and not ctx.resilient_parsing:
        from compiler.versions import version_of

        show(f"kuplet {version_of('kuplet')}")
        ctx.exit()


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
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print kuplet's version.",
)
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
    _speak_utf8()
    open_streams()
    end_on_signals()
    arguments = sys.argv[1:]
    try:
        code = _run(arguments)
    except click.ClickException as error:
        code = _report_usage(explained(error))
    except KupletError as error:
        code = _report(error, arguments)
    except StoppedError as stopped:
        say(f"stopped by {stopped.signal.name}")
        ignore_signals()
        code = 128 + stopped.signal
    except (KeyboardInterrupt, click.Abort):
        say("interrupted")
        code = INTERRUPTED
    except (ReaderGoneError, BrokenPipeError):  # as in `kuplet compile x | head`, `--help | head`
        code = READER_GONE
    except OSError as error:
        code = _report_system(error, arguments)
    except RecursionError:
        code = _report(_too_deep(), arguments)
    except Exception:  # noqa: BLE001  the boundary: a bug must not look like a wrong app
        code = _report_bug(arguments)
    end(code if isinstance(code, int) else 0)


def _too_deep() -> AppError:
    from compiler.model.finding import Finding

    return AppError(Finding(rule="value-depth", message="something is nested too deep"))


def _speak_utf8() -> None:
    """Start again where the locale has another encoding: names of files are UTF-8, as texts are."""
    if sys.getfilesystemencoding() != "utf-8" and sys.executable:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606


def _report_usage(error: click.ClickException) -> int:
    """Say what click refuses; it would print the words of the command line as they are."""
    text = io.StringIO()
    error.show(text)
    say(text.getvalue().rstrip("\n"))
    return error.exit_code


def _report(error: KupletError, arguments: list[str]) -> int:
    from compiler.cli.report.findings import print_findings

    if "--debug" in arguments:
        import traceback

        traceback.print_exc()
    print_findings(error.findings, color=_wants_color())
    return error.exit_code


def _run(arguments: list[str]) -> object:
    """Run a command, or say what a shell may complete.

    `click.Group.main` would do the same, but it takes an `EOFError` for Ctrl-C and exits with 1
    when nobody reads.
    """
    if instruction := os.environ.get(_COMPLETE):
        from click.shell_completion import shell_complete

        return shell_complete(cli, {}, "kuplet", _COMPLETE, instruction)
    _check_arguments(arguments)
    try:
        with cli.make_context("kuplet", list(arguments)) as context:
            return cli.invoke(context)
    except click.exceptions.Exit as wanted:
        return wanted.exit_code


def _check_arguments(arguments: list[str]) -> None:
    """Check that all arguments are text; what is no UTF-8 could not be printed or recorded.

    Raises:
        UsageError: One is not.
    """
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            from compiler.model.finding import Finding

            message = f"the argument {argument!a} is not UTF-8 text"
            raise UsageError(Finding(rule="argument-encoding", message=message)) from error


def _wants_color() -> bool | None:
    """Return what NO_COLOR and FORCE_COLOR ask for; ``None`` leaves it to the terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def _report_system(error: OSError, arguments: list[str]) -> int:
    """Say what the system refused; that is nobody's bug."""
    from compiler.cli.report.findings import print_findings
    from compiler.model.finding import Finding
    from compiler.text.reading import UnreadableFileError

    place = f' "{_short(str(error.filename))}"' if error.filename else ""
    if isinstance(error, UnreadableFileError):
        message = f"cannot read{place}: {error.strerror}"
        print_findings([Finding(rule="file-unreadable", message=message)], color=_wants_color())
        return AppError.exit_code
    if error.errno in _PLACE:
        message = f"cannot use{place or ' a file or directory'}: {error.strerror}"
        hint = "check the paths that the command and its environment name"
        print_findings([Finding(rule="file-unusable", message=message, hint=hint)])
        return ExternalError.exit_code
    if error.errno in _LIMITS:
        message = f"this machine gives kuplet too little: {error.strerror}"
        hint = "see ulimit -a"
        print_findings([Finding(rule="system-limit", message=message, hint=hint)])
        return ExternalError.exit_code
    if error.errno not in _DISK:
        return _report_bug(arguments)
    message = f"cannot write{place}: {error.strerror}"
    hint = "check rights and space"
    print_findings([Finding(rule="file-unwritable", message=message, hint=hint)])
    return ExternalError.exit_code


def _short(path: str) -> str:
    """Return a path as messages show it; one that is too long for the system is so for people."""
    return path if len(path) <= _LONGEST_PATH else f"{path[: _LONGEST_PATH // 2]}…{path[-20:]}"


def _report_bug(arguments: list[str]) -> int:
    import tempfile
    import traceback

    if "--debug" in arguments:
        traceback.print_exc()
        return BUG
    text = traceback.format_exc()
    say(f"this is a bug in kuplet: {sys.exc_info()[1]!r}")
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="kuplet-bug-", suffix=".log", delete=False, encoding="utf-8"
        ) as log:
            log.write(text)
    except (OSError, ValueError):  # no place for it
        say(text)
    else:
        say(f"the traceback is in {log.name}; please report it")
    return BUG
