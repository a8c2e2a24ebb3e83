"""``kuplet sandbox``: a real Kubernetes control plane on this machine."""

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import click
from click.shell_completion import CompletionItem

from compiler.cli.options import confirm, output_option
from compiler.cli.output import say, show
from compiler.cli.report.languages import json_text

if TYPE_CHECKING:
    from compiler.sandbox import NodeShape, SandboxStatus

_Command = TypeVar("_Command", bound=Callable[..., object])


@click.group()
def sandbox() -> None:
    """A real Kubernetes control plane on this machine; only containers do not run.

    Environments without a destination are applied to it. It is installed and started on demand.
    """


class _Addons(click.ParamType[tuple[str, ...]]):
    """Names of addons, separated by commas."""

    name = "NAME,…"

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002  click's signature
        param: click.Parameter,  # noqa: ARG002  the same
        incomplete: str,
    ) -> list[CompletionItem]:
        """Offer the names, also behind a comma."""
        from compiler.sandbox import ADDON_NAMES

        before, comma, begun = incomplete.rpartition(",")
        names = sorted(name for name in ADDON_NAMES if name.startswith(begun))
        return [CompletionItem(before + comma + name) for name in names]

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Read the names, and refuse those that there are not."""
        from compiler.sandbox import ADDON_NAMES

        names = tuple(name.strip() for name in str(value).split(",") if name.strip())
        for name in names:
            if name not in ADDON_NAMES:
                self.fail(f'"{name}" is none of {", ".join(ADDON_NAMES)}', param, ctx)
        return names


def _with_option(words: str) -> Callable[[_Command], _Command]:
    """Add ``--with``: addons by name, also several times."""
    return click.option("--with", "added", type=_Addons(), multiple=True, help=words)


@sandbox.command()
@_with_option("Controllers and servers as well: kueue,trainer for example.")
@click.option("--all", "everything", is_flag=True, help="All controllers and MinIO as well.")
def install(added: tuple[tuple[str, ...], ...], *, everything: bool) -> None:
    """Find or build the programs of the sandbox; about six minutes the first time."""
    from compiler.sandbox import ADDON_NAMES, Sandbox

    Sandbox().install(_progress, add=ADDON_NAMES if everything else _names(added))
    _progress("the sandbox is installed")


@sandbox.command()
@click.option("--nodes", type=click.IntRange(1, 1000), help="Number of simulated nodes.")
@click.option("--cpu", help="Cores of each node, for example 16.")
@click.option("--memory", help="Memory of each node, for example 64Gi.")
@click.option("--gpus", type=click.IntRange(0, 64), help="GPUs of each node.")
@_with_option("Run these controllers and servers, too: kueue,trainer for example.")
@click.option(
    "--without", "removed", type=_Addons(), multiple=True, help="Do not run these any more."
)
@click.option("--training-operator/--no-training-operator", default=None, hidden=True)
@click.option("--minio/--no-minio", default=None, hidden=True)
def start(
    nodes: int | None,
    cpu: str | None,
    memory: str | None,
    gpus: int | None,
    *,
    added: tuple[tuple[str, ...], ...],
    removed: tuple[tuple[str, ...], ...],
    **aliases: bool | None,
) -> None:
    """Start the sandbox, or change it; what is not given stays as it was."""
    from compiler.sandbox import Sandbox

    box = Sandbox()
    shape = _shape(box.status().nodes, nodes, cpu, memory, gpus)
    given = {name.replace("_", "-"): is_on for name, is_on in aliases.items()}
    add = [*_names(added), *(name for name, is_on in given.items() if is_on)]
    remove = [*_names(removed), *(name for name, is_on in given.items() if is_on is False)]
    box.start(_progress, nodes=shape, add=add, remove=remove)
    status = box.status()
    _progress(f"the sandbox runs at {status.server}")
    show(f"export KUBECONFIG={box.kubeconfig}")


@sandbox.command()
def stop() -> None:
    """Stop the sandbox; its state stays."""
    from compiler.sandbox import Sandbox

    Sandbox().stop()
    _progress("the sandbox is stopped; kuplet sandbox start brings it back as it was")


@sandbox.command()
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def reset(*, yes: bool) -> None:
    """Stop the sandbox and delete everything in it; the programs stay."""
    from compiler.sandbox import Sandbox

    if confirm("delete everything in the sandbox?", yes=yes):
        Sandbox().reset()
        _progress("the sandbox is empty")


@sandbox.command()
def kubeconfig() -> None:
    """Print the path of the sandbox's kubeconfig: KUBECONFIG=$(kuplet sandbox kubeconfig)."""
    from compiler.sandbox import Sandbox

    show(str(Sandbox().kubeconfig))


@sandbox.command()
@output_option("text", "json")
def status(output: str) -> None:
    """Say what runs, what is real and what is simulated."""
    from compiler.sandbox import Sandbox

    found = Sandbox().status()
    show(_status_json(found) if output == "json" else _status_text(found))


def _names(given: tuple[tuple[str, ...], ...]) -> list[str]:
    return list(itertools.chain(*given))


def _shape(
    current: "NodeShape", count: int | None, cpu: str | None, memory: str | None, gpus: int | None
) -> "NodeShape | None":
    given = {"count": count, "cpu": cpu, "memory": memory, "gpus": gpus}
    for name in ("cpu", "memory"):
        value = given[name]
        if value is not None and not re.fullmatch(r"[0-9]+(\.[0-9]+)?(m|[kMGT]i?)?", str(value)):
            raise click.BadParameter(f'"{value}" is no amount', param_hint=f"--{name}")
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(current, **changes) if changes else None  # type: ignore[arg-type]  # checked by click


def _status_text(found: "SandboxStatus") -> str:
    nodes = found.nodes
    lines = [
        f"sandbox    {_state(found)}",
        f"directory  {found.directory}",
        f"server     {found.server or '-'}",
        f"nodes      {nodes.count} x {nodes.cpu} cpu, {nodes.memory} memory, {nodes.gpus} gpus",
        f"with       {', '.join(found.addons) or '-'}",
        "",
    ]
    for process in found.processes:
        pid = f"pid {process.pid}" if process.is_alive else "not running"
        source = f"{process.version} from {process.origin}" if process.version else ""
        lines.append(f"{process.name:26} {pid:12} {source}".rstrip())
    lines += [
        f"{name} has ended; what it is asked about is refused until: kuplet sandbox start"
        for name in found.crashed
    ]
    lines += ["", "real:", *(f"  {item}" for item in found.real)]
    lines += ["simulated:", *(f"  {item}" for item in found.simulated)]
    return "\n".join(lines)


def _state(found: "SandboxStatus") -> str:
    down = [process.name for process in found.processes if not process.is_alive]
    if not found.is_installed:
        return "not installed"
    if len(down) == len(found.processes):
        return "not running"
    lost = f", but for {', '.join(down)}; to bring it back: kuplet sandbox start"
    return f"running{lost}" if down else "running"


def _status_json(found: "SandboxStatus") -> str:
    document = {
        "apiVersion": "kuplet.dev/v1",
        "kind": "SandboxStatus",
        "installed": found.is_installed,
        "running": found.is_running,
        "directory": str(found.directory),
        "server": found.server,
        "nodes": {
            "count": found.nodes.count,
            "cpu": found.nodes.cpu,
            "memory": found.nodes.memory,
            "gpus": found.nodes.gpus,
        },
        "with": list(found.addons),
        "crashed": list(found.crashed),
        "processes": [
            {
                "name": process.name,
                "version": process.version,
                "origin": process.origin,
                "pid": process.pid,
                "log": str(process.log),
            }
            for process in found.processes
        ],
        "real": list(found.real),
        "simulated": list(found.simulated),
    }
    return json_text(document)


def _progress(line: str) -> None:
    say(line)
