"""``kuplet version``."""

import click

from compiler.cli.options import output_option
from compiler.cli.output import show
from compiler.cli.report.languages import json_text
from compiler.versions import version_of


@click.command()
@output_option("text", "json")
def version(output: str) -> None:
    """Print the versions of kuplet, its Jsonnet engines and its Kubernetes client."""
    names = ("kuplet", "gojsonnet", "jsonnet", "kubernetes", "kubernetes-validate")
    versions = {name: version_of(name) for name in names}
    if output == "json":
        show(json_text(versions))
        return
    for name, number in versions.items():
        show(f"{name} {number}")
