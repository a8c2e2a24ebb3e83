"""Works out the files of the new app; nothing is written here."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from compiler.formats.ksonnet.app import NO_ENVIRONMENT, PARAMS, KsonnetApp
from compiler.formats.ksonnet.modules import (
    ComponentFile,
    component_files,
    module_directory,
    module_names,
)
from compiler.formats.ksonnet.params import with_globals, written_params
from compiler.formats.ksonnet.resolve import Resolution, resolve_ksonnet
from compiler.formats.kuplet.load import APP_FILE
from compiler.formats.kuplet.new_app import schema_texts
from compiler.jsonnet.evaluate import DEFAULT_ENGINE
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.manifest import mapping_at
from compiler.model.package import Package
from compiler.model.source import SourceSpan
from compiler.stages.validate.kubernetes_schemas import supported_versions
from compiler.text.files import read_text
from compiler.verbs.upgrade.environment_text import EnvironmentText, environment_text, mapping_text
from compiler.verbs.upgrade.overrides import override_texts
from compiler.verbs.upgrade.sources import SourceText, upgraded_source

_BASE = "base"
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_COMMENT = re.compile(r"(^|\s)(//|#|/\*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradePlan:
    """What an upgrade would write.

    Attributes:
        texts: The new text of each file that is written, by its path in the app.
        removed: The files that nothing reads any more.
        environments: The new name of each environment.
        components: The new name of each component.
        packages: The packages that go into the lock.
        notes: What is not carried over, and what changes its name.
    """

    texts: Mapping[str, str]
    removed: tuple[str, ...]
    environments: Mapping[str, str]
    components: Mapping[str, str]
    packages: Mapping[str, Package]
    notes: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What the pieces of a plan are made from.

    Attributes:
        files: The components by their old names.
        written: What the modules set for each component.
        resolutions: The environments by their old names.
        environments: The new name of each environment.
        components: The new name of each component, of those too that ``main.jsonnet`` adds.
    """

    app: KsonnetApp
    files: Mapping[str, ComponentFile]
    written: Mapping[str, JsonObject]
    resolutions: Mapping[str, Resolution]
    environments: Mapping[str, str]
    components: Mapping[str, str]


def plan_upgrade(app: KsonnetApp, overridden: Mapping[str, frozenset[str]]) -> UpgradePlan:
    """Return the plan for an app.

    Args:
        overridden: The components, by environment, whose objects ``main.jsonnet`` changes; old
            names. Their sources become expressions that still read ``main.jsonnet``.

    Raises:
        AppError: An environment is wrong as it is.
    """
    files = {item.name: item for item in component_files(app, module_names(app.root))}
    added = {name for names in overridden.values() for name in names}
    work = _Work(
        app=app,
        files=files,
        written=_written(app, files.values()),
        resolutions={
            name: resolve_ksonnet(app, name, DEFAULT_ENGINE) for name in app.environment_names
        },
        environments=_new_names([*app.environment_names], taken={_BASE}),
        components=_new_names(sorted({*files, *added})),
    )
    sources = {name: _source(work, item) for name, item in files.items()}
    kept = override_texts(app, files, sources, overridden, work.components, work.environments)
    texts = {
        APP_FILE: _app_text(app),
        f"environments/{_BASE}.yaml": environment_text(_base(work, sources)),
        **{
            f"environments/{work.environments[name]}.yaml": environment_text(
                _environment(work, name, kept.sources)
            )
            for name in app.environment_names
        },
        **{text.file: text.text for text in sources.values() if text.is_changed},
        **kept.texts,
        **schema_texts(),
    }
    return UpgradePlan(
        texts=dict(sorted(texts.items())),
        removed=tuple(sorted(set(_unread(work)) - texts.keys())),
        environments=work.environments,
        components=work.components,
        packages=dict(_packages(app)),
        notes=tuple(_notes(work)),
    )


def _written(app: KsonnetApp, files: Iterable[ComponentFile]) -> dict[str, JsonObject]:
    """Return what the modules set for each component; plain files take nobody's globals."""
    evaluated = written_params(app, NO_ENVIRONMENT, module_names(app.root), DEFAULT_ENGINE)
    shared = {module: with_globals(params) for module, params in evaluated.items()}
    return {
        item.name: mapping_at(
            mapping_at(evaluated[item.module], "components")
            if item.is_plain
            else shared[item.module],
            item.local,
        )
        for item in files
    }


def _source(work: _Work, item: ComponentFile) -> SourceText:
    takes_parameters = bool(work.written[item.name]) or any(
        _in_environment(resolution, item) for resolution in work.resolutions.values()
    )
    return upgraded_source(
        item, work.components[item.name], takes_parameters=item.is_plain and takes_parameters
    )


def _in_environment(resolution: Resolution, item: ComponentFile) -> JsonObject:
    """Return the parameters of a component in an environment."""
    for module in resolution.modules:
        if module.module == item.module:
            return mapping_at(module.patches if item.is_plain else module.params, item.local)
    return {}


def _base(work: _Work, sources: Mapping[str, SourceText]) -> EnvironmentText:
    components: JsonObject = {}
    for name, item in work.files.items():
        entry: JsonObject = {"source": sources[name].file}
        if work.written[item.name]:
            entry["params"] = work.written[item.name]
        components[work.components[name]] = entry
    return EnvironmentText(
        comment="What every environment shares; written by kuplet upgrade.",
        head={"abstract": True},
        components=components,
    )


def _environment(
    work: _Work, name: str, kept_sources: Mapping[tuple[str, str], str]
) -> EnvironmentText:
    resolution, settings = work.resolutions[name], work.app.environments[name]
    destination = resolution.environment.destination
    where = {
        "server": _url(destination.server),
        "namespace": resolution.environment.namespace,
    }
    head: JsonObject = {"extends": _BASE}
    if resolution.environment.kubernetes in supported_versions():
        head["kubernetes"] = resolution.environment.kubernetes
    head["destination"] = {key: value for key, value in where.items() if value}
    if settings.libraries:
        head["packages"] = {
            item.path: item.version for _, item in sorted(settings.libraries.items())
        }
    components: JsonObject = {}
    rendered = {item.name for item in resolution.files}
    for old, new in sorted(work.components.items(), key=lambda pair: pair[1]):
        entry: JsonObject = {}
        if (name, old) in kept_sources:
            entry["source"] = kept_sources[name, old]
        elif old in work.files and old not in rendered:
            entry["disabled"] = True
        if old in rendered:
            params = _difference(work.written[old], _in_environment(resolution, work.files[old]))
            if params:
                entry["params"] = params
        if entry:
            components[new] = entry
    return EnvironmentText(comment="", head=head, components=components)


def _url(server: str) -> str:
    """Return a server as kuplet wants it; ksonnet took ``10.0.0.1`` for ``https://10.0.0.1``."""
    return server if not server or "://" in server else f"https://{server}"


def _difference(below: JsonObject, above: JsonObject) -> JsonObject:
    """Return what has to be merged onto ``below`` to get ``above``; ``null`` removes a key."""
    found: JsonObject = dict.fromkeys(below.keys() - above.keys())
    for key, value in above.items():
        old = below.get(key)
        if key in below and same(old, value):
            continue
        both = isinstance(old, dict) and isinstance(value, dict)
        found[key] = _difference(mapping_at(old), mapping_at(value)) if both else value
    return dict(sorted(found.items()))


def _app_text(app: KsonnetApp) -> str:
    fields: dict[str, JsonValue] = {
        "apiVersion": "kuplet.dev/v1",
        "kind": "App",
        "name": _slug(app.name) or "app",
    }
    registries: JsonObject = {
        name: {"uri": item.uri}
        for name, item in sorted(app.registries.items())
        if item.protocol != "helm"
    }
    if registries:
        fields["registries"] = registries
    if app.libraries:
        fields["packages"] = {item.path: item.version for _, item in sorted(app.libraries.items())}
    head = "# yaml-language-server: $schema=schemas/app.schema.json\n"
    return head + mapping_text(fields)


def _packages(app: KsonnetApp) -> Iterator[tuple[str, Package]]:
    scopes = (app.libraries, *(item.libraries for item in app.environments.values()))
    for scope in scopes:
        for package in scope.values():
            yield str(package), package


def _unread(work: _Work) -> Iterator[str]:
    """Yield the files of ksonnet that the new app does not read."""
    names = [
        *(f"{module_directory(module)}/{PARAMS}" for module in module_names(work.app.root)),
        "environments/base.libsonnet",
    ]
    for settings in work.app.environments.values():
        parts = ("main.jsonnet", PARAMS, "globals.libsonnet")
        names += [f"{settings.directory}/{part}" for part in parts]
    yield from (name for name in names if (work.app.root / name).is_file())


def _notes(work: _Work) -> Iterator[Finding]:
    for what, names in (("environment", work.environments), ("component", work.components)):
        for old, new in names.items():
            if old != new:
                yield _note("upgrade-renamed", f'{what} "{old}" is called "{new}" from now on')
    for file in _unread(work):
        text = read_text(work.app.root / file, file, work.app.root)
        if file.endswith(PARAMS) and _COMMENT.search(text):
            yield _note("upgrade-comments", "comments are not carried over", file)
    for name, resolution in work.resolutions.items():
        version = resolution.environment.kubernetes
        if version not in supported_versions():
            span = work.app.environments[name].span
            message = f'environment "{name}" is checked against the default Kubernetes now'
            hint = f"there are no schemas of {version}; old objects: --convert"
            yield Finding(
                rule="upgrade-kubernetes",
                severity=Severity.NOTE,
                message=message,
                span=span,
                hint=hint,
            )
    for name, registry in work.app.registries.items():
        if registry.protocol == "helm":
            yield _note("upgrade-helm", f'registry "{name}" holds Helm charts and is left out')


def _note(rule: str, message: str, file: str = "") -> Finding:
    span = SourceSpan(file) if file else None
    return Finding(rule=rule, severity=Severity.NOTE, message=message, span=span)


def _new_names(names: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Return a name that kuplet allows for each, no two alike."""
    used = set(taken)
    found: dict[str, str] = {}
    for name in names:
        slug = candidate = _slug(name) or "x"
        number = 2
        while candidate in used:
            candidate = f"{slug}-{number}"
            number += 1
        used.add(candidate)
        found[name] = candidate
    return found


def _slug(text: str) -> str:
    return _NOT_IN_NAMES.sub("-", text.lower())[:60].strip("-")
