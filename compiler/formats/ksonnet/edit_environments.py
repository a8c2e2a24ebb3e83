"""Adds, changes and removes the environments of a ksonnet app: directories and ``app.yaml``."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from compiler.errors import AppError, UsageError
from compiler.formats.ksonnet.app import ENVIRONMENTS, PARAMS, KsonnetApp, KsonnetEnvironment
from compiler.formats.ksonnet.edit_params import ENVIRONMENT_GLOBALS, ENVIRONMENT_PARAMS
from compiler.formats.ksonnet.load import OVERRIDE_FILE
from compiler.formats.ksonnet.modules import check_module
from compiler.formats.ksonnet.names import check_environment_name
from compiler.formats.ksonnet.params import GLOBALS
from compiler.formats.kuplet.current_environment import replace_current_environment
from compiler.formats.kuplet.load import APP_FILE
from compiler.model.app import DEFAULT_KUBERNETES, Destination, EnvironmentSettings
from compiler.model.finding import Finding
from compiler.model.json import JsonValue
from compiler.model.manifest import mapping_at, value_at
from compiler.model.source import SourceSpan
from compiler.text.files import change_files, read_exactly
from compiler.text.reading import is_inside, read_plain
from compiler.text.yaml_edit import delete_value, rename_key, set_value
from compiler.text.yaml_source import read_yaml

_MAIN = """\
local base = import "base.libsonnet";
// uncomment if you reference ksonnet-lib
// local k = import "k.libsonnet";

base + {
  // What is different in this environment, for example:
  // web +: { metadata +: { labels +: { tier: "test" } } },
}
"""
_BASE = """\
local components = std.extVar("__ksonnet/components");
components + {
  // What is different in every environment
}
"""
_OVERRIDE = "apiVersion: 0.3.0\nkind: ksonnet.io/app-override\n"
_RELATIVE_IMPORT = re.compile(r"""\bimport(?:str|bin)?\s*["']\.\./""")

_Fields = Mapping[tuple[str, ...], JsonValue]


def add_environment(
    app: KsonnetApp, name: str, settings: EnvironmentSettings, *, override: bool
) -> list[str]:
    """Add an environment and return the files that were written.

    Args:
        override: Whether to write it into ``app.override.yaml``.

    Raises:
        UsageError: The name cannot be used or is taken, or nothing says which server it is for.
    """
    _check_new_name(app, name)
    destination = _destination(settings)
    entry = _entry(name, _version(settings.kubernetes) or _usual_version(app), destination)
    file = OVERRIDE_FILE if override else APP_FILE
    directory = f"{ENVIRONMENTS}/{name}"
    texts = {
        file: _with_fields(_app_text(app, file), name, entry, file),
        f"{directory}/main.jsonnet": _MAIN,
        f"{directory}/{PARAMS}": ENVIRONMENT_PARAMS,
        f"{directory}/{GLOBALS}": ENVIRONMENT_GLOBALS,
    }
    base = f"{ENVIRONMENTS}/base.libsonnet"
    if not (app.root / base).is_file():
        texts[base] = _BASE
    _write(app, texts)
    return list(texts)


def change_environment(
    app: KsonnetApp, name: str, settings: EnvironmentSettings, new_name: str, *, override: bool
) -> list[str]:
    """Change an environment's destination or version, rename it; return what was written.

    Raises:
        UsageError: The new name cannot be used or is taken.
        AppError: ``app.yaml`` or the directory cannot be changed without loss.
    """
    file, text = _edited(app, name, _changes(app.environments[name], settings), override=override)
    texts = {file: text}
    if new_name in {"", name}:
        _write(app, texts)
        return list(texts)
    _check_new_name(app, new_name)
    files = _movable(app, name, new_name)
    for each in _declaring(app, name):
        text = texts.get(each) or _app_text(app, each)
        text = set_value(text, ("environments", name, "path"), new_name, each)
        texts[each] = rename_key(text, ("environments", name), new_name, each)
    place = app.root.resolve() / ENVIRONMENTS / new_name
    _write(app, texts, moved={path: place / relative for relative, path in files.items()})
    _remove_empty_directories(app, files.values())
    replace_current_environment(app.root, name, new_name)
    return [*texts, f"{ENVIRONMENTS}/{new_name}"]


def remove_environment(app: KsonnetApp, name: str, *, override: bool) -> list[str]:
    """Remove an environment, its directory last; return what was removed or written.

    Args:
        override: Whether only the entry of ``app.override.yaml`` goes.

    Raises:
        UsageError: There is no such entry.
    """
    declaring = _declaring(app, name)
    files = [OVERRIDE_FILE] if override else declaring
    if override and OVERRIDE_FILE not in declaring:
        message = f'{OVERRIDE_FILE} says nothing of environment "{name}"'
        raise UsageError(Finding(rule="environment-unknown", message=message))
    is_gone = files == declaring
    own = _own_files(app, name) if is_gone else {}
    texts = {
        file: delete_value(_app_text(app, file), ("environments", name), file) for file in files
    }
    _write(app, texts, removed=own.values())
    if not is_gone:
        return list(texts)
    _remove_empty_directories(app, own.values())
    replace_current_environment(app.root, name, "")
    return [*texts, app.environments[name].directory]


def set_targets(app: KsonnetApp, name: str, modules: Sequence[str], *, override: bool) -> str:
    """Set which modules an environment renders, none for the root alone; return the file.

    Raises:
        UsageError: A module does not exist.
    """
    for module in modules:
        check_module(app, module)
    file, text = _edited(app, name, {("targets",): list(modules)}, override=override)
    if not modules:
        text = delete_value(text, ("environments", name, "targets"), file)
    _write(app, {file: text})
    return file


def _destination(settings: EnvironmentSettings) -> Destination:
    """Return server and namespace, from the kubeconfig as far as they are not given."""
    from compiler.cluster.connect import destination_of_context

    if settings.server and settings.context:
        message = "--server and --context say twice which cluster is meant"
        raise UsageError(Finding(rule="option-conflict", message=message))
    if settings.server:
        return Destination(server=settings.server, namespace=settings.namespace or "default")
    found = destination_of_context(settings.context)
    if not found.server:
        message = "nothing says which cluster this environment is for"
        hint = "add --server https://…, or --context with a context of your kubeconfig"
        raise UsageError(Finding(rule="destination-missing", message=message, hint=hint))
    namespace = settings.namespace or found.namespace or "default"
    return Destination(server=found.server, namespace=namespace)


def _changes(environment: KsonnetEnvironment, settings: EnvironmentSettings) -> _Fields:
    """Return the fields that the settings say something of."""
    server, namespace = settings.server, settings.namespace
    if settings.context:
        server = _destination(settings).server
    version = _version(settings.kubernetes)
    said = _entry("", version, Destination(server=server, namespace=namespace))
    if environment.destination is None and (server or namespace) and not (server and namespace):
        message = f'environment "{environment.name}" has no destination yet'
        hint = "give both: --server and --namespace"
        raise UsageError(Finding(rule="destination-missing", message=message, hint=hint))
    return {path: value for path, value in said.items() if value}


def _entry(path: str, version: str, destination: Destination) -> _Fields:
    """Return the fields of an environment in ksonnet's order."""
    return {
        ("destination", "namespace"): destination.namespace,
        ("destination", "server"): destination.server,
        ("k8sVersion",): version,
        ("path",): path,
    }


def _version(text: str) -> str:
    """Return a version as ksonnet wrote it: ``v1.34.0``."""
    if not text:
        return ""
    major, minor, *patch = text.removeprefix("v").split(".")
    return f"v{major}.{minor}.{patch[0] if patch else 0}"


def _usual_version(app: KsonnetApp) -> str:
    """Return the version that all environments share: a new one then uses the same ``lib/``."""
    versions = {item.kubernetes for item in app.environments.values()}
    return versions.pop() if len(versions) == 1 else f"v{DEFAULT_KUBERNETES}.0"


def _check_new_name(app: KsonnetApp, name: str) -> None:
    check_environment_name(name)
    taken = (app.root / ENVIRONMENTS / name / "main.jsonnet").exists()
    if taken or name in app.environments:
        what = f"a directory {ENVIRONMENTS}/{name}" if taken else f'an environment "{name}"'
        message = f"there is {what} already"
        raise UsageError(Finding(rule="environment-exists", message=message))


def _app_text(app: KsonnetApp, file: str) -> str:
    path = app.root / file
    return read_exactly(path, app.root) if path.is_file() else _OVERRIDE


def _environments(app: KsonnetApp, file: str) -> dict[str, JsonValue]:
    return mapping_at(read_yaml(_app_text(app, file), file).value, "environments")


def _declaring(app: KsonnetApp, name: str) -> list[str]:
    """Return the files that have an entry of an environment, ``app.yaml`` first."""
    return [file for file in (APP_FILE, OVERRIDE_FILE) if name in _environments(app, file)]


def _edited(app: KsonnetApp, name: str, fields: _Fields, *, override: bool) -> tuple[str, str]:
    """Return the file that says something of an environment, and its text with new fields.

    Raises:
        UsageError: The change would not count, because ``app.override.yaml`` says otherwise.
    """
    overridden = _environments(app, OVERRIDE_FILE).get(name)
    file = OVERRIDE_FILE if override else _declaring(app, name)[0]
    for path in fields:
        if file == APP_FILE and value_at(overridden, *path) is not None:
            message = f'{OVERRIDE_FILE} says what counts as {".".join(path)} of "{name}"'
            hint = "change it there: --override"
            raise UsageError(Finding(rule="option-conflict", message=message, hint=hint))
    if file == OVERRIDE_FILE and overridden is None:
        environment = app.environments[name]
        whole = environment.destination or Destination()
        # ksonnet took version and path from the override even where it left them out
        fields = {**_entry(environment.path, environment.kubernetes, whole), **fields}
    return file, _with_fields(_app_text(app, file), name, fields, file)


def _with_fields(text: str, name: str, fields: _Fields, file: str) -> str:
    for path, value in fields.items():
        text = set_value(text, ("environments", name, *path), value, file)
    return text


def _write(
    app: KsonnetApp,
    texts: Mapping[str, str],
    removed: Iterable[Path] = (),
    moved: Mapping[Path, Path] | None = None,
) -> None:
    """Write files; an override that overrides nothing goes."""
    override = read_yaml(texts.get(OVERRIDE_FILE, _OVERRIDE), OVERRIDE_FILE).value
    is_empty = not (mapping_at(override, "environments") or mapping_at(override, "registries"))
    kept = {file: text for file, text in texts.items() if file != OVERRIDE_FILE or not is_empty}
    root = app.root.resolve()
    gone = [path.relative_to(root).as_posix() for path in removed]
    if is_empty and OVERRIDE_FILE in texts:
        gone.append(OVERRIDE_FILE)
    places = {
        old.relative_to(root).as_posix(): new.relative_to(root).as_posix()
        for old, new in (moved or {}).items()
    }
    change_files(app.root, kept, gone, places)


def _own_files(app: KsonnetApp, name: str) -> dict[str, Path]:
    """Return the files of an environment by their path in its directory.

    Environments may lie in each other's directories, as ``us`` and ``us/west`` do.

    Raises:
        AppError: Its directory lies outside ``environments/``.
    """
    environment = app.environments[name]
    top = (app.root / ENVIRONMENTS).resolve()
    directory = (top / environment.path).resolve()
    is_ours = directory != top and directory.is_relative_to(top) and is_inside(top, app.root)
    if not is_ours:
        message = f'the directory of environment "{name}" lies outside {ENVIRONMENTS}/'
        raise AppError(Finding(rule="edit-refused", message=message, span=environment.span))
    others = {
        (top / item.path).resolve() for other, item in app.environments.items() if other != name
    }
    if directory in others:
        return {}
    return {
        path.relative_to(directory).as_posix(): path
        for path in sorted(directory.rglob("*"))
        if not path.is_dir() and not _is_below(path, others - set(directory.parents))
    }


def _is_below(path: Path, directories: set[Path]) -> bool:
    return any(path.is_relative_to(directory) for directory in directories)


def _movable(app: KsonnetApp, name: str, new_name: str) -> dict[str, Path]:
    """Return the files of an environment that moves.

    Raises:
        AppError: One of them imports a file above it, which it would not find at another depth.
    """
    files = _own_files(app, name)
    if new_name.count("/") == app.environments[name].path.count("/"):
        return files
    for path in files.values():
        for finding in _relative_imports(path, path.relative_to(app.root).as_posix()):
            raise AppError(finding)
    return files


def _relative_imports(path: Path, file: str) -> Iterator[Finding]:
    text = read_plain(path).decode(errors="replace")
    for number, line in enumerate(text.split("\n"), start=1):
        if match := _RELATIVE_IMPORT.search(line):
            span = SourceSpan(file, number, match.start() + 1, match.end() + 1, line)
            message = "this import would not be found after the environment moved to another depth"
            hint = "choose a name with as many slashes, or change the import first"
            yield Finding(rule="edit-refused", message=message, span=span, hint=hint)


def _remove_empty_directories(app: KsonnetApp, paths: Iterable[Path]) -> None:
    """Remove the directories of files that are gone, as far as nothing else is in them."""
    top = (app.root / ENVIRONMENTS).resolve()
    directories = {
        parent for path in paths for parent in path.parents if parent.is_relative_to(top)
    }
    for directory in sorted(directories - {top}, reverse=True):
        if not any(directory.iterdir()):
            directory.rmdir()
