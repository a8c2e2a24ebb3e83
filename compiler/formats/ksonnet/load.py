"""Reads a ksonnet app's ``app.yaml`` and ``app.override.yaml``; every known version of them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from compiler.errors import AppError
from compiler.formats.ksonnet.app import KsonnetApp, KsonnetEnvironment
from compiler.formats.kuplet.load import APP_FILE
from compiler.model.app import Destination
from compiler.model.finding import Finding
from compiler.model.manifest import list_at, mapping_at, text_at, value_at
from compiler.model.package import Package, Registry
from compiler.stages.validate.json_schema import shown
from compiler.text.files import read_text
from compiler.text.yaml_source import YamlDocument, read_yaml

KIND = "ksonnet.io/app"
OVERRIDE_FILE = "app.override.yaml"
VERSIONS = ("0.1.0", "0.2.0", "0.3.0")


def is_ksonnet_app(root: Path) -> bool:
    """Return whether ``app.yaml`` is ksonnet's; a file that cannot be read is not."""
    try:
        return text_at(_document(root / APP_FILE).value, "kind") == KIND
    except AppError:
        return False


def load_ksonnet_app(root: Path) -> KsonnetApp:
    """Read the app in ``root``.

    Raises:
        AppError: A file is no YAML, or of a version that ksonnet never had.
    """
    document = _checked(root / APP_FILE)
    version = text_at(document.value, "apiVersion")
    environments = {
        name: _environment(document, name, version)
        for name in mapping_at(document.value, "environments")
    }
    registries = _registries(document)
    if (root / OVERRIDE_FILE).is_file():
        override = _checked(root / OVERRIDE_FILE)
        for name in mapping_at(override.value, "environments"):
            own = _environment(override, name, text_at(override.value, "apiVersion"))
            environments[name] = _overridden(environments.get(name), own, override)
        registries |= _registries(override, is_override=True)
    return KsonnetApp(
        name=_text(document.value, "name") or root.name,
        root=root,
        version=version,
        environments=environments,
        libraries=_libraries(document, ("libraries",)),
        registries=registries,
    )


def _document(path: Path) -> YamlDocument:
    return read_yaml(read_text(path, path.name, path.parent), path.name)


def _checked(path: Path) -> YamlDocument:
    document = _document(path)
    version = _text(document.value, "apiVersion")
    if version in VERSIONS:
        _check_maps(document)
        return document
    message = f'ksonnet has no apiVersion "{version}"' if version else "apiVersion is missing"
    span = document.nearest_span(("apiVersion",))
    hint = f"known: {', '.join(VERSIONS)}"
    raise AppError(Finding(rule="app-version", message=message, span=span, hint=hint))


def _check_maps(document: YamlDocument) -> None:
    for key in ("environments", "libraries", "registries"):
        value = value_at(document.value, key)
        if value is not None and not isinstance(value, dict):
            message = f"must be an object, got {shown(value)} in {key}"
            span = document.nearest_span((key,))
            raise AppError(Finding(rule="file-schema", message=message, span=span))


def _environment(document: YamlDocument, name: str, version: str) -> KsonnetEnvironment:
    path = ("environments", name)
    fields = mapping_at(document.value, *path)
    targets = [str(target) for target in list_at(fields, "targets")]
    if version == "0.1.0":  # it wrote nested modules with slashes
        targets = [item if item == "/" else item.replace("/", ".") for item in targets]
    return KsonnetEnvironment(
        name=name,
        path=_text(fields, "path") or name,
        kubernetes=_text(fields, "k8sVersion"),
        destination=_destination(document, path),
        targets=tuple(targets),
        libraries=_libraries(document, (*path, "libraries")),
        span=document.key_spans[path],
    )


def _destination(document: YamlDocument, path: tuple[str, ...]) -> Destination | None:
    fields = mapping_at(document.value, *path, "destination")
    if not fields:
        return None
    return Destination(
        server=_text(fields, "server"),
        namespace=_text(fields, "namespace"),
        span=document.spans[*path, "destination"],
    )


def _overridden(
    below: KsonnetEnvironment | None, own: KsonnetEnvironment, document: YamlDocument
) -> KsonnetEnvironment:
    """Lay an override over an environment.

    What the override leaves out stays; ksonnet emptied ``k8sVersion`` and ``path`` then.
    """
    if below is None:
        return own
    said = mapping_at(document.value, "environments", own.name)
    return replace(
        below,
        kubernetes=own.kubernetes or below.kubernetes,
        path=own.path if "path" in said else below.path,
        destination=own.destination or below.destination,
        targets=own.targets or below.targets,
    )


def _libraries(document: YamlDocument, path: tuple[str, ...]) -> Mapping[str, Package]:
    """Read libraries by ``registry/name``; before 0.3.0 their keys were bare names."""
    found: dict[str, Package] = {}
    for key, fields in mapping_at(document.value, *path).items():
        registry, _, name = key.rpartition("/")
        library = Package(
            registry=_text(fields, "registry") or registry,
            name=name,
            version=_text(fields, "version") or _text(fields, "gitVersion", "commitSha"),
            span=document.key_spans[*path, key],
        )
        found[library.path] = library
    return found


def _registries(document: YamlDocument, *, is_override: bool = False) -> dict[str, Registry]:
    return {
        name: Registry(
            name=name,
            uri=_text(fields, "uri"),
            protocol=_text(fields, "protocol"),
            is_override=is_override,
            span=document.key_spans["registries", name],
        )
        for name, fields in mapping_at(document.value, "registries").items()
    }


def _text(value: object, *keys: str) -> str:
    """Return a scalar as text: a version may look like a number."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return "" if value is None or isinstance(value, dict | list) else str(value)
