"""Finds newer content of the packages that an app names."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from compiler.errors import UsageError
from compiler.formats.kuplet.load import ENVIRONMENTS
from compiler.formats.kuplet.lock import read_lock
from compiler.formats.overlay import overlay
from compiler.formats.packaged_app import PackagedApp
from compiler.model.app import Environment
from compiler.model.finding import Finding
from compiler.model.package import LockedPackage, Package
from compiler.registry.content import digest_of
from compiler.registry.vendor import VENDOR
from compiler.verbs.packages.install import Report, Step, fetch_step, install
from compiler.verbs.packages.packaged_app import load_packaged_app, registry_named


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What an update would do.

    Attributes:
        steps: Packages that would change.
        kept: Packages that would not, and why.
    """

    steps: tuple[Step, ...]
    kept: tuple[tuple[Package, str], ...]


def find_updates(app: PackagedApp, wanted: Package | None, report: Report) -> Update:
    """Fetch what has changed; nothing of the app is written.

    A branch and a registry without versions are followed; a tag or commit stays, unless ``wanted``
    names another one.

    Raises:
        UsageError: The app does not name the package, or there is no such version.
        ExternalError: A registry cannot be reached.
    """
    lock = read_lock(app.root)
    steps: list[Step] = []
    kept: list[tuple[Package, str]] = []
    for scope, package in _named(app, wanted):
        entry = lock.get(str(package))
        version = (wanted.version if wanted else "") or _followed(app, package, entry)
        if version is None:
            kept.append((package, "it is pinned"))
            continue
        try:
            step = fetch_step(app, replace(package, version=version), scope, report)
        except UsageError as error:  # one that is gone must not keep the others from updating
            if wanted:
                raise
            kept.append((package, error.findings[0].message))
            continue
        if _is_same(step, entry):
            kept.append((package, "it is up to date"))
        else:
            steps.append(step)
    return Update(steps=tuple(steps), kept=tuple(kept))


def _followed(app: PackagedApp, package: Package, entry: LockedPackage | None) -> str | None:
    """Return the branch that a package follows, "" for its registry's own ref, ``None`` if pinned.

    After a registry was moved, its packages follow it.
    """
    uri = registry_named(app, package.registry).uri
    if not package.version or (entry and entry.uri != uri):
        return ""
    return (entry and entry.branch) or None


def _named(app: PackagedApp, wanted: Package | None) -> Iterator[tuple[str, Package]]:
    """Yield the packages that an update may concern, each with its scope."""
    found = [
        (scope, package)
        for scope, packages in app.scopes.items()
        for package in packages.values()
        if wanted is None or package.path == wanted.path
    ]
    if wanted and not found:
        message = f'the app names no package "{wanted.path}"'
        hint = f"install it: kuplet pkg install {wanted}"
        raise UsageError(Finding(rule="package-unknown", message=message, hint=hint))
    yield from found


def _is_same(step: Step, entry: LockedPackage | None) -> bool:
    return (
        step.before is not None
        and str(step.before) == str(step.package)
        and entry is not None
        and entry.sha256 == digest_of(step.fetched.content)
    )


@contextmanager
def with_update(app: PackagedApp, update: Update) -> Iterator[Path]:
    """Give the app with the update, to see what it would change."""
    with overlay(app.root, {}, copied={VENDOR, ENVIRONMENTS, *app.sources}) as shown:
        install(load_packaged_app(shown), list(update.steps), force=True)
        yield shown


def parameter_changes(before: Environment, after: Environment) -> Iterator[str]:
    """Yield a line for each prototype of an environment that declares other parameters now."""
    known = {item.name: item.prototype for item in before.components}
    changed: dict[str, str] = {}
    for component in after.components:
        old, new = known.get(component.name), component.prototype
        if old is None:
            continue
        gone = sorted(old.parameters.keys() - new.parameters.keys())
        added = sorted(new.parameters.keys() - old.parameters.keys())
        words = [f"no longer declares {', '.join(gone)}"] if gone else []
        words += [f"now declares {', '.join(added)}"] if added else []
        if words:
            changed[new.short_name] = f"{new.short_name} {' and '.join(words)}"
    yield from (changed[name] for name in sorted(changed))
