"""``kuplet plan``: what an apply would do, for whoever reviews it, and to be applied later."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from compiler.cli.app import load_any_app
from compiler.cli.format_file import FormatFile, FormatFileType
from compiler.cli.options import (
    ENVIRONMENT,
    apply_options,
    apply_settings,
    asking_option,
    compile_options,
    compile_settings,
    component_option,
    sandbox_option,
)
from compiler.cli.output import say, write_or_show
from compiler.cli.report.findings import print_findings, told_as_json
from compiler.cli.report.languages import json_text
from compiler.cli.report.plan import plan_text
from compiler.cli.report.plan_markdown import plan_markdown
from compiler.cli.report.plan_page import plan_page
from compiler.verbs.apply import plan_apply
from compiler.verbs.causes import Causes
from compiler.verbs.compile import compile_selected
from compiler.verbs.destination import open_destination
from compiler.verbs.plan_file import plan_file
from compiler.verbs.proposal import Proposal

_RENDERERS: Mapping[str, Callable[[Proposal], str]] = {
    "text": lambda proposal: plan_text(proposal.plan),
    "markdown": lambda proposal: plan_markdown(proposal.plan, proposal.comparison),
    "html": lambda proposal: plan_page(proposal.plan, proposal.comparison),
}
FORMATS = ("text", "json", "markdown", "html")


@click.command()
@ENVIRONMENT
@component_option
@click.option(
    "-o",
    "--output",
    "outputs",
    type=FormatFileType(FORMATS),
    multiple=True,
    default=[FormatFile("text")],
    help=f"How: {', '.join(FORMATS)}. Repeatable; into a file, or to stdout.",
)
@asking_option
@sandbox_option
@apply_options
@compile_options
@click.pass_obj
def plan(
    directory: Path,
    /,
    environment: str,
    components: tuple[str, ...],
    outputs: tuple[FormatFile, ...],
    *,
    ask_server: bool,
    rehearse: bool,
    **options: Any,
) -> None:
    """Show what applying ENVIRONMENT would do, step by step; nothing is written to the cluster.

    With -o plan.json the plan goes into a file. `kuplet apply --plan plan.json` carries out exactly
    that, and names what has moved since. No value of a Secret is in it.
    """
    app = load_any_app(directory, environment)
    settings = compile_settings(options, components)
    compiled = compile_selected(app, environment, components, settings)
    print_findings(compiled.findings)
    target = open_destination(
        compiled.environment, say, rehearse=rehearse, only_looks=True, asks=ask_server
    )
    wishes = apply_settings(options)
    is_json = any(output.format == "json" and output.file is None for output in outputs)
    with told_as_json(is_wanted=is_json):
        proposal = plan_apply(compiled, target, wishes, Causes(app, compiled, settings))
    print_findings([*proposal.comparison.findings, *proposal.damaged])
    for output in outputs:
        if output.format == "json":
            text: str = json_text(plan_file(proposal, compiled, wishes).as_json)
        else:
            text = _RENDERERS[output.format](proposal)
        write_or_show(text, output.file)
