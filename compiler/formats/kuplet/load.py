"""Reads an app's directory into an `App`: environments, own components, prototypes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from compiler.bundled import bundled_schema
from compiler.errors import AppError, UsageError
from compiler.formats.kuplet.component_source import read_component_source
from compiler.formats.kuplet.conflict_rules import read_conflicts
from compiler.formats.kuplet.definitions import read_definitions
from compiler.formats.kuplet.patches import read_patches
from compiler.formats.kuplet.readiness_rules import read_readiness
from compiler.formats.kuplet.review_settings import read_mutes, read_named_mutes, read_rules
from compiler.model.app import (
    App,
    ComponentLayer,
    Destination,
    EnvironmentFile,
    Goal,
    Mute,
    Need,
    OnChange,
    ReviewSettings,
)
from compiler.model.finding import Finding
from compiler.model.json import JsonValue
from compiler.model.manifest import list_at, mapping_at, text_at, value_at
from compiler.model.package import Package, Registry
from compiler.model.parameter import Setting
from compiler.model.promotion import Promotion
from compiler.model.prototype import Prototype
from compiler.model.source import SourceSpan
from compiler.registry.library import find_prototype, library
from compiler.registry.vendor import (
    Installed,
    installed_prototypes,
    missing_package,
    package_directory,
)
from compiler.stages.names import did_you_mean, is_environment_name
from compiler.stages.promotion.promoted import promoted_of
from compiler.stages.validate.json_schema import check_schema, field_path
from compiler.text.files import complete_change, read_text
from compiler.text.yaml_source import YamlDocument, read_yaml

APP_FILE = "app.yaml"
ENVIRONMENTS = "environments"


def find_app_root(start: Path) -> Path:
    """Return the nearest directory, from ``start`` upwards, that holds ``app.yaml``.

    Raises:
        UsageError: There is none.
    """
    start = start.resolve()
    for directory in (start, *start.parents):
        if (directory / APP_FILE).is_file():
            complete_change(directory)
            return directory
    message = f'no {APP_FILE} in "{start}" or any directory above it'
    hint = "run this inside an app, name its directory with --dir, or start one: kuplet init NAME"
    raise UsageError(Finding(rule="app-not-found", message=message, hint=hint))


def load_app(root: Path) -> App:
    """Read the app in ``root``.

    Raises:
        AppError: With everything that is wrong with its files.
    """
    findings: list[Finding] = []
    app = _read_files(root, findings)
    prototypes = dict(_prototypes(app, findings))
    if findings:
        raise AppError(*findings)
    return replace(app, prototypes=prototypes)


def load_files(root: Path) -> App:
    """Read the app's own files only: its packages may be missing.

    Raises:
        AppError: With everything that is wrong with its files.
    """
    findings: list[Finding] = []
    app = _read_files(root, findings)
    if findings:
        raise AppError(*findings)
    return app


def used_packages(app: App) -> list[Package]:
    """Return the packages of all environments; those of the whole app last, so that they win."""
    scoped = (package for file in app.environments.values() for package in file.packages.values())
    return [*scoped, *app.packages.values()]


def _read_files(root: Path, findings: list[Finding]) -> App:
    document = checked_document(root / APP_FILE, root, "app", findings)
    findings.extend(_unreadable_environments(root))
    return App(
        name=text_at(document.value, "name"),
        id=text_at(document.value, "id"),
        root=root,
        environments=dict(_environment_files(root, findings)),
        registries=_registries(document),
        packages=_packages(document),
        review=ReviewSettings(
            rules=read_rules(document, findings),
            mutes=(*read_named_mutes(document, findings), *_comments(root, findings)),
        ),
        readiness=tuple(read_readiness(document, findings)),
        definitions=tuple(read_definitions(root, findings)),
    )


def checked_document(path: Path, root: Path, schema: str, findings: list[Finding]) -> YamlDocument:
    """Read one file and check it against its schema; an unusable one reads as an empty object."""
    shown = path.relative_to(root).as_posix()
    try:
        document = read_yaml(read_text(path, shown, root), shown)
    except AppError as error:
        findings.extend(error.findings)
        return YamlDocument({}, {(): SourceSpan(shown)})
    violations = check_schema(document.value, bundled_schema(schema))
    for violation in violations:
        spans = document.key_spans if violation.at_key else document.spans
        span = spans.get(violation.path) or document.nearest_span(violation.path)
        place = f" in {field_path(violation.path)}" if violation.path else ""
        message = violation.message if violation.at_key else violation.message + place
        hint = violation.hint
        findings.append(Finding(rule="file-schema", message=message, span=span, hint=hint))
    return YamlDocument({}, document.spans) if violations else document


def _unreadable_environments(root: Path) -> Iterator[Finding]:
    """Yield why there is no environment to read: a glob of what is not there finds nothing."""
    directory = root / ENVIRONMENTS
    span = SourceSpan(ENVIRONMENTS)
    hint = "an app has a file for each environment; bring them back from version control"
    try:
        is_empty = not any(path.suffix in {".yaml", ".yml"} for path in directory.iterdir())
    except OSError as error:
        message = f'cannot read "{ENVIRONMENTS}": {(error.strerror or str(error)).lower()}'
        yield Finding(rule="file-unreadable", message=message, span=span, hint=hint)
        return
    if is_empty:
        message = f'there is no environment in "{ENVIRONMENTS}"'
        yield Finding(rule="environment-none", message=message, span=span, hint=hint)


def _environment_files(
    root: Path, findings: list[Finding]
) -> Iterator[tuple[str, EnvironmentFile]]:
    for path in sorted((root / ENVIRONMENTS).glob("*.yaml")):
        document = checked_document(path, root, "environment", findings)
        file = replace(
            _environment_file(path.stem, document),
            conflicts=tuple(read_conflicts(document, findings)),
        )
        if not file.is_abstract:
            findings.extend(_misspelt(path, root))
        yield path.stem, file
    findings.extend(_misnamed(path, root) for path in sorted((root / ENVIRONMENTS).glob("*.yml")))


def _misspelt(path: Path, root: Path) -> Iterator[Finding]:
    if not is_environment_name(path.stem):
        yield Finding(
            rule="name-invalid",
            message=f'"{path.stem}" cannot be the name of an environment: it ends up in labels',
            span=SourceSpan(path.relative_to(root).as_posix()),
            hint="rename the file: at most 63 letters, digits and -, with one of the first two at"
            " both ends",
        )


def _misnamed(path: Path, root: Path) -> Finding:
    shown = path.relative_to(root).as_posix()
    message = f'"{shown}" is not read: names of environment files end in .yaml'
    hint = f"rename it: {path.stem}.yaml"
    return Finding(rule="environment-file", message=message, span=SourceSpan(shown), hint=hint)


def _comments(root: Path, findings: list[Finding]) -> Iterator[Mute]:
    for path in sorted((root / ENVIRONMENTS).glob("*.yaml")):
        shown = path.relative_to(root).as_posix()
        try:
            yield from read_mutes(read_text(path, shown, root), shown, findings)
        except AppError:  # reading the environment says why
            continue


def _environment_file(name: str, document: YamlDocument) -> EnvironmentFile:
    value = document.value if isinstance(document.value, dict) else {}
    protect = value.get("protect")
    return EnvironmentFile(
        name=name,
        span=document.spans[()],
        extends=text_at(value, "extends"),
        extends_span=document.spans.get(("extends",)),
        is_abstract=value.get("abstract") is True,
        kubernetes=text_at(value, "kubernetes"),
        destination=_destination(document),
        external=tuple(map(str, list_at(value, "external"))),
        addons=tuple(map(str, list_at(value, "sandbox", "with"))),
        keep=_count(value_at(value, "history", "keep")) or 0,
        keep_runs=_count(value_at(value, "history", "runs")),
        protect=protect if isinstance(protect, bool) else None,
        protect_span=document.spans.get(("protect",)),
        packages=_packages(document),
        promotion=_promotion(document),
        components={
            component: _component_layer(name, component, document)
            for component in mapping_at(value, "components")
        },
    )


def _count(value: JsonValue) -> int | None:
    return value if isinstance(value, int) else None


def _registries(document: YamlDocument) -> dict[str, Registry]:
    return {
        name: Registry(
            name=name,
            uri=text_at(fields, "uri"),
            span=document.spans["registries", name, "uri"],
        )
        for name, fields in mapping_at(document.value, "registries").items()
    }


def _packages(document: YamlDocument) -> dict[str, Package]:
    found: dict[str, Package] = {}
    for path, version in mapping_at(document.value, "packages").items():
        registry, _, name = path.partition("/")
        span = document.key_spans["packages", path]
        found[path] = Package(registry=registry, name=name, version=str(version), span=span)
    return found


def _destination(document: YamlDocument) -> Destination | None:
    fields = mapping_at(document.value, "destination")
    if not fields:
        return None
    return Destination(
        context=text_at(fields, "context"),
        server=text_at(fields, "server"),
        namespace=text_at(fields, "namespace"),
        cluster=text_at(fields, "cluster"),
        span=document.spans["destination",],
    )


def _promotion(document: YamlDocument) -> Promotion | None:
    fields = mapping_at(document.value, "promotion")
    if not fields:
        return None
    return Promotion(
        source=text_at(fields, "from"),
        copies=tuple(map(str, list_at(fields, "copies"))),
        allow=tuple(map(str, list_at(fields, "allow"))),
        freeze=text_at(fields, "freeze"),
        promoted=promoted_of(fields.get("promoted")),
        span=document.key_spans["promotion",],
        source_span=document.spans.get(("promotion", "from")),
        pattern_spans={
            str(pattern): document.spans["promotion", kind, index]
            for kind in ("allow", "copies")
            for index, pattern in enumerate(list_at(fields, kind))
        },
    )


def _component_layer(layer: str, component: str, document: YamlDocument) -> ComponentLayer:
    path = ("components", component)
    fields = mapping_at(document.value, *path)
    disabled = fields.get("disabled")
    needs = fields.get("needs")
    on_change = text_at(fields, "onChange")
    return ComponentLayer(
        name=component,
        span=document.key_spans[path],
        prototype=text_at(fields, "prototype") or None,
        prototype_span=document.spans.get((*path, "prototype"))
        or document.spans.get((*path, "source")),
        source=text_at(fields, "source") or None,
        disabled=disabled if isinstance(disabled, bool) else None,
        needs=tuple(_needs(path, document)) if isinstance(needs, list) else None,
        on_change=OnChange(on_change) if on_change else None,
        is_patient=text_at(fields, "onStuck") == "wait" if "onStuck" in fields else None,
        patches=tuple(read_patches(path, document)),
        params={
            name: Setting(
                value=value,
                layer=layer,
                span=document.spans[*path, "params", name],
                name_span=document.key_spans[*path, "params", name],
            )
            for name, value in mapping_at(fields, "params").items()
        },
    )


def _needs(path: tuple[str, str], document: YamlDocument) -> Iterator[Need]:
    needs = mapping_at(document.value, *path)["needs"]
    for index, need in enumerate(needs if isinstance(needs, list) else []):
        span = document.spans[*path, "needs", index]
        if isinstance(need, str):
            yield Need(component=need, span=span)
        else:
            until = Goal[(text_at(need, "until") or "ready").upper()]
            yield Need(component=text_at(need, "component"), until=until, span=span)


def own_sources(app: App) -> frozenset[str]:
    """Return the files of the app that its components are made of."""
    layers = (layer for file in app.environments.values() for layer in file.components.values())
    return frozenset(layer.source for layer in layers if layer.source)


def _prototypes(app: App, findings: list[Finding]) -> Iterator[tuple[str, Prototype]]:
    """Read what the components are made from, each once, and once for every installed version."""
    wanted: dict[str, ComponentLayer] = {}
    for file in app.environments.values():
        for layer in file.components.values():
            name = layer.prototype or layer.source
            if name:
                wanted.setdefault(name, layer)
    packages = used_packages(app)
    installed = installed_prototypes(app.root, packages) if packages else None
    for name, layer in sorted(wanted.items()):
        try:
            if layer.source is not None:
                yield name, read_component_source(app.root, name)
            elif installed is None:
                yield name, find_prototype(name)
            else:
                yield from _versions(app.root, name, packages, installed)
        except AppError as error:
            findings.extend(_at(finding, layer) for finding in error.findings)


def _versions(
    root: Path, name: str, packages: Sequence[Package], installed: Installed
) -> Iterator[tuple[str, Prototype]]:
    """Yield what a name means, and the same prototype in every version of its package."""
    try:
        found = find_prototype(name, {**library(), **installed.prototypes})
    except AppError as error:
        reasons = list(_reasons(root, name, packages, installed))
        raise AppError(*(reasons or error.findings)) from error
    yield name, found
    for package in packages:
        if package.path == found.package:
            versions = installed_prototypes(root, [package]).prototypes.values()
            for item in versions:
                if item.base_name == found.base_name:
                    yield f"{name}@{package.version}", replace(item, mentioned=found.mentioned)


def _reasons(
    root: Path, name: str, packages: Iterable[Package], installed: Installed
) -> Iterator[Finding]:
    """Yield why a prototype may not be found: its package is missing, or its header is wrong."""
    for package in packages:
        is_meant = "/" not in name or name.startswith(f"{package.registry}/")
        if is_meant and package_directory(root, package) is None:
            yield missing_package(package)
    stem = name.rpartition("/")[2]
    for finding in installed.broken:
        if finding.span and Path(finding.span.file).stem == stem:
            yield finding


def _at(finding: Finding, layer: ComponentLayer) -> Finding:
    """Give a finding without a place the line that names the prototype."""
    if finding.span is not None:
        return finding
    return Finding(
        rule=finding.rule,
        message=finding.message,
        span=layer.prototype_span,
        component=layer.name,
        hint=finding.hint,
    )


class _HasEnvironments(Protocol):
    """What an app of either format knows of its environments."""

    @property
    def environments(self) -> Mapping[str, object]: ...

    @property
    def environment_names(self) -> tuple[str, ...]: ...


def unknown_environment(app: _HasEnvironments, name: str) -> UsageError:
    """Return the error for an environment that does not exist or is abstract."""
    if name in app.environments:
        message = f'environment "{name}" is abstract: it only serves others to extend'
        hint = f"environments: {', '.join(app.environment_names) or 'none'}"
    else:
        message = f'there is no environment "{name}"'
        hint = did_you_mean(name, app.environment_names) or f"create {ENVIRONMENTS}/{name}.yaml"
    return UsageError(Finding(rule="environment-unknown", message=message, hint=hint))
