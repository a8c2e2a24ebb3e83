"""Starts an app, and adds and removes its environments."""

from pathlib import Path

from compiler.app.edit_app import write_text
from compiler.app.load_app import APP_FILE, ENVIRONMENTS
from compiler.app.yaml_edit import flow_text
from compiler.bundled import bundled
from compiler.errors import UsageError
from compiler.model.app import App, Destination
from compiler.model.finding import Finding

SCHEMAS = "schemas"  # copied into the app, so that editors find them offline
_BASE = """\
# yaml-language-server: $schema=../schemas/environment.schema.json
# What every environment shares. Add components with: kuplet generate PROTOTYPE NAME
apiVersion: kuplet.dev/v1
kind: Environment
abstract: true
"""


def create_app(directory: Path, name: str, environment: str) -> list[Path]:
    """Write the files of a new app and return them.

    Raises:
        UsageError: There is an app already.
    """
    if (directory / APP_FILE).exists():
        message = f'"{directory}" holds an app already'
        raise UsageError(Finding(rule="app-exists", message=message))
    (directory / ENVIRONMENTS).mkdir(parents=True, exist_ok=True)
    files = {
        directory / APP_FILE: _app_text(name),
        directory / ENVIRONMENTS / "base.yaml": _BASE,
        directory / ENVIRONMENTS / f"{environment}.yaml": environment_text("base", Destination()),
    }
    (directory / SCHEMAS).mkdir(exist_ok=True)
    for name_of_schema in ("app.schema.json", "environment.schema.json"):
        text = (bundled("schemas") / name_of_schema).read_text(encoding="utf-8")
        files[directory / SCHEMAS / name_of_schema] = text
    for path, text in files.items():
        write_text(path, text)
    return list(files)


def add_environment(app: App, name: str, extends: str, destination: Destination) -> str:
    """Write the file of a new environment and return it.

    Raises:
        UsageError: It exists.
    """
    if name in app.environments:
        message = f'there is an environment "{name}" already'
        raise UsageError(Finding(rule="environment-exists", message=message))
    write_text(app.root / ENVIRONMENTS / f"{name}.yaml", environment_text(extends, destination))
    return f"{ENVIRONMENTS}/{name}.yaml"


def remove_environment(app: App, name: str) -> str:
    """Delete the file of an environment and return it.

    Raises:
        UsageError: Another environment extends it.
    """
    heirs = sorted(file.name for file in app.environments.values() if file.extends == name)
    if heirs:
        message = f'"{name}" is extended by {", ".join(heirs)}'
        raise UsageError(Finding(rule="environment-extended", message=message))
    (app.root / ENVIRONMENTS / f"{name}.yaml").unlink()
    return f"{ENVIRONMENTS}/{name}.yaml"


def environment_text(extends: str, destination: Destination) -> str:
    """Return the text of a new environment file."""
    lines = [
        "# yaml-language-server: $schema=../schemas/environment.schema.json",
        "apiVersion: kuplet.dev/v1",
        "kind: Environment",
    ]
    if extends:
        lines.append(f"extends: {extends}")
    fields = {
        "context": destination.context,
        "server": destination.server,
        "namespace": destination.namespace,
    }
    given = {name: value for name, value in fields.items() if value}
    if given:
        lines.append(f"destination: {flow_text(dict(given))}")
    return "\n".join(lines) + "\n"


def _app_text(name: str) -> str:
    return (
        "# yaml-language-server: $schema=schemas/app.schema.json\n"
        f"apiVersion: kuplet.dev/v1\nkind: App\nname: {name}\n"
    )
