"""Options that several commands share, and what they are turned into."""

import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from compiler.cli.duration import DURATION
from compiler.cli.names import complete_component, complete_environment, complete_setting
from compiler.cli.output import ask
from compiler.errors import UsageError

_VERSION = re.compile(r"v?1\.[0-9]+(\.[0-9]+)?")

Command = TypeVar("Command", bound=Callable[..., Any])


def _or_current(ctx: click.Context, _param: click.Parameter, value: str | None) -> str:
    """Return the environment that was named, or else the one that `env current` chose."""
    names_its_own = ctx.params.get("plan_file") is not None
    if value or ctx.resilient_parsing or names_its_own:
        return value or ""
    from compiler.formats.kuplet.current_environment import current_environment
    from compiler.formats.kuplet.load import find_app_root

    root = find_app_root(ctx.find_root().params["directory"])
    if name := current_environment(root):
        return name
    message = "no environment is named, and none is chosen"
    hint = "name one, or choose one: kuplet env current --set NAME"
    raise _refused("environment-missing", message, hint)


ENVIRONMENT = click.argument(
    "environment", required=False, shell_complete=complete_environment, callback=_or_current
)
MODULE = click.option("--module", metavar="MODULE", help="A module of an app of ksonnet.")
VALUES_FILE = click.option(
    "--values-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Take parameters from an object in Jsonnet or JSON; those given as flags beat it.",
)
OVERRIDE = click.option(
    "-o", "--override", is_flag=True, help="In app.override.yaml of an app of ksonnet."
)


def settings_options(command: Command) -> Command:
    """Add where an environment is applied, and its version of Kubernetes."""
    for option in reversed(_SETTINGS_OPTIONS):
        command = option(command)
    return command


def _api_version(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    """Return the version that ksonnet's ``--api-spec`` means; a bare version is one too."""
    kind, colon, rest = text.partition(":")
    if kind == "file" and colon:
        from compiler.model.manifest import text_at

        try:
            document = json.loads(_file_text(rest))
        except json.JSONDecodeError as error:
            raise click.BadParameter(f'"{rest}" is no JSON: {error}') from error
        return _checked_version(text_at(document, "info", "version"))
    return _checked_version(rest if kind == "version" and colon else text)


def _checked_version(text: str) -> str:
    if text and not _VERSION.fullmatch(text):
        raise click.BadParameter(f'"{text}" is no version of Kubernetes, such as v1.34.0')
    return text


_SETTINGS_OPTIONS = (
    click.option("--context", default="", help="Kubeconfig context of its cluster."),
    click.option("--server", default="", help="URL of its API server."),
    click.option("-n", "--namespace", default="", help="Namespace of its objects."),
    click.option("--kubernetes", "--api-spec", "kubernetes", default="", callback=_api_version,
                 metavar="VERSION", help="Kubernetes version: 1.34, version:v1.34.0, or file: and"
                 " the path of an OpenAPI document."),
)  # fmt: skip


def output_option(*formats: str, also: str = "") -> Callable[[Command], Command]:
    """Return ``-o``; the first format is the default.

    Args:
        also: A further name of the option.
    """
    return click.option(
        "-o",
        "--output",
        *filter(None, [also]),
        "output",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="What to print.",
    )


def component_option(command: Command) -> Command:
    """Add ``-c``, which may be repeated or hold a comma-separated list."""
    return click.option(
        "-c",
        "--component",
        "components",
        multiple=True,
        callback=split_commas,
        shell_complete=complete_component,
        help="Only this component; repeatable.",
    )(command)


_PRUNE_OPTIONS = (
    click.option("--prune/--no-prune", default=True,
                 help="Remove what was applied before and has left the app."),
    click.option("--prune-data", is_flag=True,
                 help="Also volume claims, namespaces, and definitions whose objects exist."),
    click.option("--yes-prune", is_flag=True,
                 help="Also what wants to be confirmed, and more objects than usual."),
)  # fmt: skip


def apply_options(command: Command) -> Command:
    """Add what decides about what an apply does."""
    for option in reversed((*_WRITE_OPTIONS, *_APPLY_OPTIONS, *_PRUNE_OPTIONS)):
        command = option(command)
    return command


def rollback_options(command: Command) -> Command:
    """Add what decides about what a rollback does."""
    for option in reversed((*_WRITE_OPTIONS, *_PRUNE_OPTIONS)):
        command = option(command)
    return command


_WRITE_OPTIONS = (
    click.option("--wait/--no-wait", default=True, help="Wait until every object is ready."),
    click.option("--force-conflicts", is_flag=True, help="Take fields that other managers own."),
    click.option("--skip-preflight", is_flag=True,
                 help="Do not ask beforehand whether rights and quotas are enough."),
)  # fmt: skip
_APPLY_OPTIONS = (
    click.option("--adopt", is_flag=True, help="Take over what other tools and environments made."),
    click.option("--forward", is_flag=True, help="Apply what a rollback has taken back."),
)


def detach_option(command: Command) -> Command:
    """Add ``--detach``."""
    return click.option(
        "--detach",
        is_flag=True,
        help="Leave runs when they have started; apply --resume finishes the rest.",
    )(command)


def apply_settings(options: dict[str, Any]) -> Any:
    """Turn parsed ``apply_options`` or ``rollback_options`` into the verbs' `ApplyOptions`."""
    from compiler.verbs.apply import ApplyOptions

    flags = {name.replace("_", "-"): value for name, value in options.items()}
    known = ApplyOptions().flags.keys() & flags.keys()
    return ApplyOptions.of_flags({name: flags[name] for name in known})


def lock_options(command: Command) -> Command:
    """Add what to do where somebody else applies the environment."""
    for option in reversed(_LOCK_OPTIONS):
        command = option(command)
    return command


_LOCK_OPTIONS = (
    click.option("--wait-lock", type=DURATION, default="0s", metavar="DURATION",
                 help="How long to wait for somebody else who applies the environment."),
    click.option("--take-lock", is_flag=True,
                 help="Take the lock from whoever has it: it writes nothing more then."),
)  # fmt: skip


def no_cache_option(command: Command) -> Command:
    """Add ``--no-cache``; that something was kept is seen before options are read."""
    return click.option(
        "--no-cache",
        is_flag=True,
        help="Take nothing from earlier runs, and keep nothing.",
    )(command)


def compile_options(command: Command) -> Command:
    """Add everything that changes one compile: parameters and Jsonnet's variables."""
    for option in reversed(_COMPILE_OPTIONS):
        command = option(command)
    return command


_COMPILE_OPTIONS = (
    click.option("--set", "settings", multiple=True, metavar="COMPONENT.PARAM=VALUE",
                 shell_complete=complete_setting,
                 help="Set a parameter for this run only; repeatable."),
    click.option("-J", "--jpath", "jpath", multiple=True,
                 type=click.Path(exists=True, file_okay=False, path_type=Path),
                 help="Directory to search for Jsonnet imports; the last given comes first."),
    click.option("-V", "--ext-str", "ext_str", multiple=True, metavar="NAME=TEXT",
                 help="External variable for Jsonnet."),
    click.option("--ext-code", "ext_code", multiple=True, metavar="NAME=CODE",
                 help="External variable for Jsonnet, given as Jsonnet."),
    click.option("--ext-str-file", "ext_str_file", multiple=True, metavar="NAME=FILE",
                 help="External variable for Jsonnet, read from a file."),
    click.option("-A", "--tla-str", "tla_str", multiple=True, metavar="NAME=TEXT",
                 help="Argument of a ksonnet app's main.jsonnet, if that is a function."),
    click.option("--tla-str-file", "tla_str_file", multiple=True, metavar="NAME=FILE",
                 help="Argument of a ksonnet app's main.jsonnet, read from a file."),
    click.option("--convert", is_flag=True,
                 help="Rewrite objects in API versions that Kubernetes removed."),
    click.option("--jsonnet-engine", "engine", type=click.Choice(["gojsonnet", "jsonnet"]),
                 help="Engine that evaluates Jsonnet.  [default: gojsonnet]"),
)  # fmt: skip


def compile_settings(options: dict[str, Any], only: Sequence[str] = ()) -> Any:
    """Turn the parsed ``compile_options`` into the pipeline's `CompileOptions`."""
    from compiler.formats.options import CompileOptions
    from compiler.jsonnet.evaluate import DEFAULT_ENGINE, Engine
    from compiler.model.jsonnet import JsonnetOptions

    return CompileOptions(
        overrides=[_override(setting) for setting in options["settings"]],
        jsonnet=JsonnetOptions(
            search=tuple(str(path.resolve()) for path in reversed(options["jpath"])),
            ext_vars=_texts(options, "ext_str"),
            ext_code=_pairs(options["ext_code"], "--ext-code"),
            tla_vars=_texts(options, "tla_str"),
        ),
        engine=Engine(options["engine"]) if options["engine"] else DEFAULT_ENGINE,
        convert=options["convert"],
        only=only,
    )


def confirm(question: str, *, yes: bool) -> bool:
    """Ask on a terminal; without one, only ``--yes`` goes on.

    Raises:
        UsageError: There is nobody to ask.
    """
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        message = "this needs a confirmation, and there is no terminal to ask on"
        raise _refused("confirmation", message, "add --yes")
    return ask(question)


def split_commas(
    _ctx: click.Context, _param: click.Parameter, values: Sequence[str]
) -> tuple[str, ...]:
    """Return the names that a repeatable option holds, also between commas."""
    names = tuple(name.strip() for value in values for name in value.split(","))
    if "" in names:  # an unset variable in a script must not mean "all"
        raise click.BadParameter("the name of a component is empty")
    return names


def _override(text: str) -> Any:
    from compiler.model.source import SourceSpan
    from compiler.stages.resolve import Override
    from compiler.text.yaml_source import read_yaml

    target, equals, value = text.partition("=")
    span = SourceSpan(f"--set {target}")  # without the value: releases record where it was set
    if not (equals and all(target.partition("."))):
        message = f'"--set {target}{equals}" must read COMPONENT.PARAM=VALUE'
        raise _refused("set-syntax", message)
    parsed = read_yaml(value, span.file).value
    return Override(target=target, text=value, value=parsed, span=span)


def _refused(rule: str, message: str, hint: str = "") -> UsageError:
    """Return the error for what was typed; most commands that are typed well need no `Finding`."""
    from compiler.model.finding import Finding

    return UsageError(Finding(rule=rule, message=message, hint=hint))


def _pairs(values: Sequence[str], flag: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not equals:
            message = f'"{flag} {text}" must read NAME=VALUE'
            raise _refused("variable-syntax", message)
        found[name] = value
    return found


def _texts(options: dict[str, Any], name: str) -> dict[str, str]:
    """Return what ``--NAME`` and ``--NAME-file`` gave."""
    flag = f"--{name.replace('_', '-')}"
    files = _pairs(options[f"{name}_file"], f"{flag}-file")
    return {**_pairs(options[name], flag), **{key: _file_text(at) for key, at in files.items()}}


def _file_text(file: str) -> str:
    from compiler.text.reading import read_named

    try:
        return read_named(Path(file)).decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "") or error
        message = f'cannot read "{file}": {reason}'
        raise _refused("file-unreadable", message) from error


def _is_in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def asking_option(command: Command) -> Command:
    """Add ``--ask-server``; it is the default where nobody waits for an answer."""
    return click.option(
        "--ask-server/--no-ask-server",
        "ask_server",
        default=_is_in_ci,
        help="Ask the server about every object, also what can be seen.  [default in CI]",
    )(command)


def sandbox_option(command: Command) -> Command:
    """Add ``--sandbox``: try an environment without its own cluster."""
    return click.option(
        "--sandbox",
        "rehearse",
        is_flag=True,
        help="Use the sandbox instead of the environment's own destination.",
    )(command)
