"""What is known of the environments of either kind of app without compiling them."""

from collections.abc import Iterable

from compiler.errors import AppError
from compiler.formats.format import AnyApp
from compiler.formats.ksonnet.app import PARAMS, KsonnetApp, KsonnetEnvironment
from compiler.formats.ksonnet.modules import component_files, module_directory
from compiler.formats.ksonnet.packages import libraries_of
from compiler.formats.kuplet.imported_files import SourceTree
from compiler.formats.kuplet.inputs import component_files_read, digest, environment_inputs
from compiler.model.app import App, Environment, Goal
from compiler.model.json import JsonObject, JsonValue
from compiler.model.package import Package
from compiler.model.promotion import Promotion
from compiler.model.source import SourceSpan
from compiler.registry.vendor import VENDOR, vendor_directory
from compiler.stages.promotion.promotion import promotion_of
from compiler.stages.resolve import resolve
from compiler.stages.review.declared import Declared
from compiler.stages.review.sources import File, Sources


def inputs_key(app: AnyApp, tree: SourceTree, name: str) -> str | None:
    """Return a digest of all that an environment reads; ``None`` if it cannot be resolved."""
    try:
        inputs = (
            _ksonnet_inputs(app, tree, name)
            if isinstance(app, KsonnetApp)
            else _native_inputs(app, tree, name)
        )
    except AppError:
        return None
    return digest(inputs)


def declared_in(app: AnyApp) -> dict[str, Declared]:
    """Return what is known of an app's environments without compiling them."""
    found: dict[str, Declared] = {}
    for name in app.environment_names:
        try:
            found[name] = (
                _declared_ksonnet(app, name)
                if isinstance(app, KsonnetApp)
                else _declared_native(app, resolve(app, name))
            )
        except AppError:  # its own review says why
            continue
    return found


def _ksonnet_inputs(app: KsonnetApp, tree: SourceTree, name: str) -> JsonValue:
    """Parameters of ksonnet are programs: their files are looked at, not what they evaluate to."""
    settings = app.environments[name]
    destination = settings.destination
    packages = libraries_of(app, settings)
    return {
        "environment": [app.name, name, settings.path, settings.kubernetes, *settings.modules],
        "destination": [destination.server, destination.namespace] if destination else None,
        "packages": {path: str(item) for path, item in packages.items()},
        "files": dict(tree.digests({}, _ksonnet_files(app, settings))),
    }


def _ksonnet_files(app: KsonnetApp, settings: KsonnetEnvironment) -> list[str]:
    return [
        f"{settings.directory}/main.jsonnet",
        f"{settings.directory}/{PARAMS}",
        *(f"{module_directory(module)}/{PARAMS}" for module in settings.modules),
        *(item.file for item in component_files(app, settings.modules)),
    ]


def sources_of(app: AnyApp, tree: SourceTree, name: str) -> Sources:
    """Return what an environment is made of besides its parameters.

    Raises:
        AppError: It cannot be resolved.
    """
    if isinstance(app, KsonnetApp):
        return _ksonnet_sources(app, tree, name)
    environment = resolve(app, name)
    packages = environment.packages
    digests: dict[str, str] = {}
    readers: dict[str, set[str]] = {}
    for item in environment.components:
        for path, found in component_files_read(item, tree).items():
            if _is_used(path, packages.values()):
                digests[path] = found
                readers.setdefault(path, set()).add(item.name)
    return Sources(
        files={
            path: File(
                digest=found,
                readers=frozenset(readers[path]),
                package=_package_of(path, packages.values()),
            )
            for path, found in digests.items()
        },
        packages=packages,
        prototypes={item.name: (item.prototype.name, item.span) for item in environment.components},
        settings=_settings(app, environment),
    )


def _ksonnet_sources(app: KsonnetApp, tree: SourceTree, name: str) -> Sources:
    """Files of parameters are no sources: what changes in them is shown as parameters."""
    settings = app.environments[name]
    packages = libraries_of(app, settings)
    digests = tree.digests({}, _ksonnet_files(app, settings))
    return Sources(
        files={
            path: File(digest=found, package=_package_of(path, packages.values()))
            for path, found in digests.items()
            if not path.endswith(f"/{PARAMS}") and _is_used(path, packages.values())
        },
        packages=packages,
    )


def _is_used(path: str, packages: Iterable[Package]) -> bool:
    """Return whether a file is the app's own, or of a package of the environment.

    Imports are found by name, so those of other versions are found too.
    """
    return not path.startswith(f"{VENDOR}/") or bool(_package_of(path, packages))


def _native_inputs(app: App, tree: SourceTree, name: str) -> JsonValue:
    environment = resolve(app, name)
    settings: JsonObject = {key: words for key, (words, _) in _settings(app, environment).items()}
    return {"settings": settings, **environment_inputs(environment, tree)}


def _settings(app: App, environment: Environment) -> dict[str, tuple[str, SourceSpan | None]]:
    """Return what the files of an environment say of it besides components and parameters."""
    found: dict[str, tuple[str, SourceSpan | None]] = {
        "kubernetes": (environment.kubernetes, None),
        "external": (", ".join(sorted(environment.external)), None),
    }
    for item in environment.components:
        needs = [
            need.component if need.until is Goal.READY else f"{need.component} ({need.until})"
            for need in item.needs
        ]
        found[f"needs of {item.name}"] = (", ".join(needs), item.span)
    promotion = promotion_of(app, environment.name) or Promotion()
    promoted = promotion.promoted
    words = {
        "from": promotion.source,
        "copies": ", ".join(promotion.copies),
        "allow": ", ".join(promotion.allow),
        "freeze": promotion.freeze,
        "promoted": f"{promoted.source} {promoted.revision or '(files)'}" if promoted else "",
    }
    return found | {f"promotion.{key}": (text, promotion.span) for key, text in words.items()}


def _package_of(path: str, packages: Iterable[Package]) -> str:
    """Return the package in whose directory a file is; the longest if one contains another."""
    owners = [str(item) for item in packages if path.startswith(f"{vendor_directory(item)}/")]
    return max(owners, key=len, default="")


def _declared_native(app: App, environment: Environment) -> Declared:
    promotion = promotion_of(app, environment.name) or Promotion()
    destination = environment.destination
    return Declared(
        layers=environment.layers,
        components=frozenset(item.name for item in environment.components),
        differs=(*promotion.copies, *promotion.allow),
        place=(destination.context, destination.server, environment.namespace),
        freeze=promotion.freeze,
        freeze_span=promotion.span,
    )


def _declared_ksonnet(app: KsonnetApp, name: str) -> Declared:
    settings = app.environments[name]
    names = frozenset(item.name for item in component_files(app, settings.modules))
    destination = settings.destination
    return Declared(
        layers=(*settings.modules, name),
        components=names,
        place=("", destination.server, destination.namespace) if destination else ("", "", ""),
    )
