"""``kuplet graph``: what waits for what, and why."""

from pathlib import Path
from typing import Any

import click

from compiler.cli.app import load_any_app
from compiler.cli.options import ENVIRONMENT, compile_options, compile_settings, output_option
from compiler.cli.output import show
from compiler.cli.report.graph import (
    Picture,
    graph_dot,
    graph_json,
    graph_mermaid,
    graph_text,
    why_text,
)
from compiler.cli.report.graph_svg import graph_svg
from compiler.errors import UsageError
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding
from compiler.model.manifest import ObjectRef
from compiler.stages.link.views import component_dag, component_ref, why
from compiler.stages.names import did_you_mean
from compiler.verbs.compile import compile_environment

_RENDERERS = {
    "text": graph_text,
    "dot": graph_dot,
    "mermaid": graph_mermaid,
    "json": graph_json,
    "svg": graph_svg,
}


@click.command()
@ENVIRONMENT
@output_option(*_RENDERERS)
@click.option("--components", "by_component", is_flag=True, help="Components instead of objects.")
@click.option(
    "--why",
    "question",
    nargs=2,
    metavar="A B",
    help="Say why A waits for B; objects as Kind/name.",
)
@compile_options
@click.pass_obj
def graph(
    directory: Path,
    /,
    environment: str,
    output: str,
    question: tuple[str, str] | None,
    *,
    by_component: bool,
    **options: Any,
) -> None:
    """Show the dependency graph of ENVIRONMENT: waves, and the reason of every edge."""
    app = load_any_app(directory, environment)
    compiled = compile_environment(app, environment, compile_settings(options))
    picture = _picture(compiled, by_component=by_component)
    if question:
        show(_answer(picture, *question), nl=False)
        return
    show(_RENDERERS[output](picture), nl=False)


def _picture(compiled: CompiledEnvironment, *, by_component: bool) -> Picture:
    owner = {manifest.ref: manifest.origin.component for manifest in compiled.manifests}
    title = f"{compiled.environment.app}: {compiled.environment.name}"
    if not by_component:
        return Picture(title=title, dag=compiled.dag, group_of=owner)
    names = {component_ref(name): name for name in owner.values()}
    return Picture(title=title, dag=component_dag(compiled.dag, owner), group_of=names)


def _answer(picture: Picture, dependent: str, needed: str) -> str:
    first, second = _node(picture, dependent), _node(picture, needed)
    chain = why(picture.dag, first, second)
    if chain:
        return why_text(picture, chain)
    back = why(picture.dag, second, first)
    answer = f"{picture.label(first)} does not wait for {picture.label(second)}\n"
    return answer + (f"but the other way round:\n{why_text(picture, back)}" if back else "")


def _node(picture: Picture, name: str) -> ObjectRef:
    """Return the node that a typed name means.

    Raises:
        UsageError: None or several do.
    """
    names = {ref: {picture.label(ref), ref.qualified} for ref in picture.dag.order}
    found = [ref for ref, own in names.items() if name.lower() in {text.lower() for text in own}]
    if len(found) == 1:
        return found[0]
    if found:
        message = f'"{name}" means several objects'
        hint = f"one of: {', '.join(ref.qualified for ref in found)}"
    else:
        message = f'there is no "{name}" in this graph'
        hint = did_you_mean(name, {picture.label(ref) for ref in names})
    raise UsageError(Finding(rule="object-unknown", message=message, hint=hint))
