"""``kuplet prototype``: look at ready building blocks."""

import json
import sys
from pathlib import Path

import click

from compiler.cli.app import known_prototypes, preview_imports, readme_of
from compiler.cli.commands.generate import PARAMETER_SETTINGS, generate, parameter_options
from compiler.cli.names import complete_prototype
from compiler.cli.options import VALUES_FILE, output_option
from compiler.cli.output import say, show
from compiler.cli.report.findings import findings_json, findings_text, print_findings, summary
from compiler.cli.report.manifests import manifests_text
from compiler.cli.report.table import paragraphs, rows_text, table, terminal_width
from compiler.errors import AppError
from compiler.formats.kuplet.edit import typed_value
from compiler.formats.kuplet.new_package import create_package
from compiler.formats.options import CompileOptions
from compiler.formats.values_file import read_values
from compiler.model.app import App, ComponentLayer, EnvironmentFile
from compiler.model.json import JsonObject
from compiler.model.parameter import ParameterSpec, Setting
from compiler.model.prototype import Prototype
from compiler.model.source import SourceSpan
from compiler.registry.library import find_prototype
from compiler.text.files import write_texts

_COLUMNS = ("name", "description", "package")
_PARAMETERS = ("name", "type", "default", "description")


@click.group()
def prototype() -> None:
    """Look at the building blocks that components are made from."""


prototype.add_command(generate, "use")


@prototype.command("list")
@output_option("table", "json", "yaml")
@click.pass_obj
def list_(directory: Path, /, output: str) -> None:
    """List all prototypes: the built-in ones, and in an app those of its packages."""
    rows = [_row(item) for item in known_prototypes(directory).values()]
    show(rows_text("prototypeList", _COLUMNS, rows, output))


@prototype.command()
@click.argument("text")
@output_option("table", "json", "yaml")
@click.pass_obj
def search(directory: Path, /, text: str, output: str) -> None:
    """List the prototypes whose name or description contains TEXT."""
    rows = [
        _row(item)
        for item in known_prototypes(directory).values()
        if text.lower() in f"{item.name} {item.short_name} {item.description}".lower()
    ]
    show(rows_text("prototypeList", _COLUMNS, rows, output))


@prototype.command()
@click.argument("name", shell_complete=complete_prototype)
@click.option("--readme", is_flag=True, help="Print its README: what to do when it runs.")
@click.pass_obj
def describe(directory: Path, /, name: str, *, readme: bool) -> None:
    """Say what a prototype makes and which parameters it takes."""
    found = find_prototype(name, known_prototypes(directory))
    manual = readme_of(found, directory)
    if readme:
        show(manual or f"{found.short_name} has no README", nl=not manual)
        return
    show(f"{found.short_name}, of package {_package(found)}\n")
    description = found.description or found.short_description
    show(f"{paragraphs(description, terminal_width())}\n")
    for title, is_required in (("required parameters", True), ("optional parameters", False)):
        specs = [spec for spec in found.parameters.values() if spec.is_required is is_required]
        if specs:
            rows = [_parameter_row(spec) for spec in specs]
            show(f"{title}\n{table(_PARAMETERS, rows, terminal_width())}\n")
    show(f"use it: kuplet generate {found.short_name} NAME{_required_flags(found)}")
    if manual:
        show(f"read on: kuplet prototype describe {found.short_name} --readme")


@prototype.command(context_settings=PARAMETER_SETTINGS)
@click.argument("name", shell_complete=complete_prototype)
@VALUES_FILE
@click.argument("parameters", nargs=-1, type=click.UNPROCESSED, metavar="[--PARAM=VALUE]...")
@click.pass_obj
def preview(
    directory: Path, /, name: str, values_file: Path | None, parameters: tuple[str, ...]
) -> None:
    """Print the objects that a prototype makes with the given parameters."""
    found = find_prototype(name, known_prototypes(directory))
    root, options = preview_imports(directory)
    given = parameter_options(parameters)
    values = read_values(values_file) if values_file else {}
    values |= {key: typed_value(found, key, text) for key, text in given.items()}
    app = _app_of(found, values, root)
    from compiler.verbs.compile import compile_environment

    compiled = compile_environment(app, "preview", CompileOptions(jsonnet=options))
    print_findings(compiled.findings)
    mask = sys.stdout.isatty()
    show(manifests_text(compiled.manifests, "yaml", mask=mask), nl=False)


@prototype.command()
@click.argument("name")
def new(name: str) -> None:
    """Start a package with a prototype NAME, in a directory of that name here."""
    for path in create_package(Path.cwd(), name):
        say(f"wrote {path.relative_to(Path.cwd())}")
    say(f"next: kuplet prototype lint {name} --update")


@prototype.command()
@click.argument("package", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--update", is_flag=True, help="Write what the cases make into golden/.")
@click.option(
    "--registry",
    metavar="NAME",
    help="Name by which its files import one another.  [default: that of the directory above]",
)
@output_option("text", "json")
def lint(package: Path, registry: str | None, output: str, *, update: bool) -> None:
    """Check a PACKAGE of prototypes, a directory, before others use it.

    Its cases are made on the oldest and the newest Kubernetes and compared with golden/; headers,
    README.md and parts.yaml must say what people look for; images must be pinned.
    """
    from compiler.verbs.lint import NOT_REVIEWED, lint_package

    directory = package.resolve()
    found = lint_package(
        directory,
        registry or directory.parent.name,
        lambda manifests: manifests_text(manifests, "yaml", mask=False),
    )
    findings = list(found.findings)
    if update:
        write_texts({directory / name: text for name, text in found.golden.items()})
        for name in found.golden:
            say(f"wrote {package / name}")
        findings = [item for item in findings if item.rule != NOT_REVIEWED]
    if output == "json":
        show(findings_json(findings))
    else:
        for text in findings_text(findings):
            show(text)
        say(summary(findings) or f"{package}: nothing to say")
    if any(item.is_error for item in findings):
        sys.exit(AppError.exit_code)


def _row(item: Prototype) -> tuple[str, str, str]:
    return item.short_name, item.short_description, _package(item)


def _package(item: Prototype) -> str:
    return f"{item.package}@{item.version}" if item.version else item.package


def _parameter_row(spec: ParameterSpec) -> tuple[str, str, str, str]:
    default = "" if spec.is_required else json.dumps(spec.default, ensure_ascii=False)
    return spec.name, spec.type_text, default, " ".join(spec.description.split())


def _required_flags(found: Prototype) -> str:
    required = (
        spec.name
        for spec in found.parameters.values()
        if spec.is_required and spec.name != "name"  # the component's own, unless it is said
    )
    return "".join(f" --{name}=…" for name in required)


def _app_of(found: Prototype, values: JsonObject, root: Path) -> App:
    """Return an app that holds nothing but one component of this prototype."""
    span = SourceSpan("the command line")
    params = {
        name: Setting(value=value, layer="preview", span=span) for name, value in values.items()
    }
    layer = ComponentLayer(name=found.stem, span=span, prototype=found.short_name, params=params)
    environment = EnvironmentFile(name="preview", span=span, components={found.stem: layer})
    return App(
        name="preview",
        root=root,
        environments={"preview": environment},
        prototypes={found.short_name: found},
    )
