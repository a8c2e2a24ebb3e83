"""Starts an app, and adds, changes and removes its environments."""

import secrets
from dataclasses import replace
from pathlib import Path

from compiler.bundled import bundled, bundled_schema
from compiler.errors import AppError, UsageError
from compiler.formats.kuplet.current_environment import CURRENT_FILE, replace_current_environment
from compiler.formats.kuplet.load import APP_FILE, ENVIRONMENTS
from compiler.model.app import App, EnvironmentSettings
from compiler.model.finding import Finding
from compiler.model.source import SourceSpan
from compiler.stages.names import check_new_name, default_namespace_finding
from compiler.stages.protection import protected
from compiler.stages.resolve import layers_of, protection_of
from compiler.stages.validate.json_schema import check_schema, field_path
from compiler.text.files import change_files, read_exactly, write_texts
from compiler.text.yaml_edit import delete_value, set_value
from compiler.text.yaml_source import read_yaml

GITIGNORE = ".gitignore"
SCHEMAS = "schemas"  # copied into the app, so that editors find them offline
_BASE = """\
# yaml-language-server: $schema=../schemas/environment.schema.json
# What every environment shares. Add components with: kuplet generate PROTOTYPE NAME
apiVersion: kuplet.dev/v1
kind: Environment
abstract: true
"""


def create_app(
    directory: Path, name: str, environment: str, settings: EnvironmentSettings
) -> list[Path]:
    """Write the files of a new app and return them.

    Args:
        environment: The first environment.

    Raises:
        UsageError: There is an app already.
    """
    if (directory / APP_FILE).exists():
        message = f'"{directory}" holds an app already'
        raise UsageError(Finding(rule="app-exists", message=message))
    if not settings.namespace:
        _check_default_namespace(name, environment)
    texts = {
        f"{ENVIRONMENTS}/base.yaml": _BASE,
        f"{ENVIRONMENTS}/{environment}.yaml": _new_text(environment, "base", settings),
        **schema_texts(),
    }
    if not (directory / GITIGNORE).exists():
        texts[GITIGNORE] = f"/{CURRENT_FILE}\n"
    texts[APP_FILE] = _app_text(name)  # last: what has none is no app yet, and is made again
    files = {directory / file: text for file, text in texts.items()}
    write_texts(files)
    return list(files)


def schema_texts() -> dict[str, str]:
    """Return the schemas that an app carries, by their path in it."""
    names = ("app.schema.json", "environment.schema.json")
    return {
        f"{SCHEMAS}/{name}": (bundled("schemas") / name).read_text(encoding="utf-8")
        for name in names
    }


def add_environment(app: App, name: str, extends: str, settings: EnvironmentSettings) -> str:
    """Write the file of a new environment and return it.

    Raises:
        UsageError: It exists, or a name or setting cannot be used.
    """
    _check_new_name(app, name)
    if not settings.namespace and not _has_namespace(app, extends):
        _check_default_namespace(app.name, name)
    change_files(app.root, {_shown(name): _new_text(name, extends, settings)})
    return _shown(name)


def change_environment(
    app: App, name: str, settings: EnvironmentSettings, new_name: str = ""
) -> list[str]:
    """Change the file of an environment, rename it, and return the files that were written.

    Raises:
        UsageError: A name or setting cannot be used.
    """
    text = _with_settings(read_exactly(_path(app, name), app.root), settings, _shown(name))
    if not new_name or new_name == name:
        change_files(app.root, {_shown(name): text})
        return [_shown(name)]
    _check_new_name(app, new_name)
    if not settings.namespace and not _has_namespace(app, name):
        _check_default_namespace(app.name, new_name)
    texts = {new_name: text}
    places: list[tuple[str, tuple[str, ...]]] = [(heir, ("extends",)) for heir in _heirs(app, name)]
    places += [(taker, ("promotion", "from")) for taker in _takers(app, name)]
    for each, place in places:
        old = texts.get(each) or read_exactly(_path(app, each), app.root)
        texts[each] = set_value(old, place, new_name, _shown(each))
    written = {_shown(each): text for each, text in texts.items()}
    change_files(app.root, written, removed=[_shown(name)])
    replace_current_environment(app.root, name, new_name)
    return [_shown(each) for each in texts]


def pin_environment(app: App, name: str, cluster: str) -> str:
    """Write to which cluster an environment is pinned, and return its file.

    Args:
        cluster: Its identity; empty takes the pin away.

    Raises:
        AppError: There is no pin in this file that could be taken away.
    """
    place, file = ("destination", "cluster"), _shown(name)
    text = read_exactly(_path(app, name), app.root)
    edited = set_value(text, place, cluster, file) if cluster else delete_value(text, place, file)
    change_files(app.root, {file: edited})
    return file


def remove_environment(app: App, name: str) -> str:
    """Delete the file of an environment and return it.

    Raises:
        AppError: It is protected.
        UsageError: Another environment extends it, or takes from it.
    """
    if span := protection_of(layers_of(app, name)):
        raise AppError(protected(name, span, "env rm"))
    if heirs := _heirs(app, name):
        message = f'"{name}" is extended by {", ".join(heirs)}'
        raise UsageError(Finding(rule="environment-extended", message=message))
    if takers := _takers(app, name):
        message = f'"{name}" is promoted into {", ".join(takers)}'
        raise UsageError(Finding(rule="environment-promoted", message=message))
    _path(app, name).unlink()
    replace_current_environment(app.root, name, "")
    return _shown(name)


def _new_text(name: str, extends: str, settings: EnvironmentSettings) -> str:
    lines = [
        "# yaml-language-server: $schema=../schemas/environment.schema.json",
        "apiVersion: kuplet.dev/v1",
        "kind: Environment",
    ]
    if extends:
        lines.append(f"extends: {extends}")
    return _with_settings("\n".join(lines) + "\n", settings, _shown(name))


def _with_settings(text: str, settings: EnvironmentSettings, file: str) -> str:
    """Write the settings into the text of an environment.

    Raises:
        UsageError: The file would not be valid with them.
    """
    version = ".".join(settings.kubernetes.removeprefix("v").split(".")[:2])
    fields = {
        ("kubernetes",): version,
        ("destination", "context"): settings.context,
        ("destination", "server"): settings.server,
        ("destination", "namespace"): settings.namespace,
    }
    for path, value in fields.items():
        if value:
            text = set_value(text, path, value, file)
    violations = check_schema(read_yaml(text, file).value, bundled_schema("environment"))
    if violations:
        findings = (
            Finding(rule="file-schema", message=f"{item.message} in {field_path(item.path)}")
            for item in violations
        )
        raise UsageError(*findings)
    return text


def _check_new_name(app: App, name: str) -> None:
    check_new_name(name, "an environment")
    if name in app.environments:
        message = f'there is an environment "{name}" already'
        raise UsageError(Finding(rule="environment-exists", message=message))


def _has_namespace(app: App, name: str) -> bool:
    """Return whether an environment, or one that it extends, says where its objects live."""
    layers = layers_of(app, name)
    return any(layer.destination and layer.destination.namespace for layer in layers)


def _check_default_namespace(app: str, name: str) -> None:
    if finding := default_namespace_finding(app, name, SourceSpan(_shown(name))):
        raise UsageError(replace(finding, span=None, hint="give --namespace, or another name"))


def _heirs(app: App, name: str) -> list[str]:
    """Return the environments that extend one, sorted."""
    return sorted(file.name for file in app.environments.values() if file.extends == name)


def _takers(app: App, name: str) -> list[str]:
    """Return the other environments that say that they take from one, sorted."""
    return sorted(
        file.name
        for file in app.environments.values()
        if file.promotion and file.promotion.source == name != file.name
    )


def _path(app: App, name: str) -> Path:
    return app.root / _shown(name)


def _shown(name: str) -> str:
    return f"{ENVIRONMENTS}/{name}.yaml"


def _app_text(name: str) -> str:
    return (
        "# yaml-language-server: $schema=schemas/app.schema.json\n"
        f"apiVersion: kuplet.dev/v1\nkind: App\nname: {name}\n"
        f"id: a{secrets.token_hex(4)}  # tells it from other apps of this name\n"
    )
