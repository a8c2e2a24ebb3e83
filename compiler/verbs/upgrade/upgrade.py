"""Checks a plan by compiling every environment before and after, and writes the new app."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from compiler.errors import AppError, UsageError
from compiler.formats.ksonnet.app import COMPONENTS, KsonnetApp
from compiler.formats.ksonnet.load import OVERRIDE_FILE
from compiler.formats.kuplet.load import load_app
from compiler.formats.kuplet.lock import write_lock
from compiler.formats.overlay import overlay
from compiler.git.source_state import is_recoverable
from compiler.model.difference import Difference, ObjectDifference
from compiler.model.finding import Finding
from compiler.model.manifest import Manifest, mapping_at
from compiler.model.owner import KSONNET_COMPONENT, LABELS
from compiler.model.package import LockedPackage
from compiler.registry.content import digest_of, read_content
from compiler.registry.vendor import package_directory
from compiler.stages.diff import by_ref, compare
from compiler.text.files import change_files
from compiler.verbs.compile import compile_environment
from compiler.verbs.upgrade.plan import UpgradePlan, plan_upgrade

_MAX_FIELDS = 3
_COMMIT = re.compile(r"[0-9a-f]{40}")
# What kuplet says of every object, and ksonnet of its own.
_LABELS = {*LABELS, KSONNET_COMPONENT}
_Different: TypeAlias = dict[str, dict[str, list[ObjectDifference]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedUpgrade:
    """A plan whose environments compile to the objects that they compile to now.

    Attributes:
        counts: How many objects each environment has, by its new name.
    """

    plan: UpgradePlan
    counts: Mapping[str, int]


def checked_upgrade(app: KsonnetApp) -> CheckedUpgrade:
    """Return a plan that loses nothing.

    Raises:
        AppError: An environment cannot be compiled, or would not compile to the same objects.
    """
    if (app.root / OVERRIDE_FILE).is_file():
        message = f"{OVERRIDE_FILE} holds settings of yours that would become everybody's"
        hint = "move it away, and put what all should have into app.yaml"
        raise AppError(Finding(rule="upgrade-override", message=message, hint=hint))
    before = {name: compile_environment(app, name).manifests for name in app.environment_names}
    plan = plan_upgrade(app, {})
    different = _different(before, _after(app, plan))
    if different:
        plan = plan_upgrade(app, {name: frozenset(found) for name, found in different.items()})
        findings = list(_findings(_different(before, _after(app, plan))))
        if findings:
            raise AppError(*findings)
    counts = {plan.environments[name]: len(objects) for name, objects in before.items()}
    return CheckedUpgrade(plan=plan, counts=counts)


def check_recoverable(root: Path) -> None:
    """Check that git can bring the old files back.

    Raises:
        UsageError: The app is not in git, or has changes that are not committed.
    """
    is_saved = is_recoverable(root)
    if is_saved:
        return
    is_unknown = is_saved is None
    message = (
        "the app is not in git" if is_unknown else "the app has changes that are not committed"
    )
    hint = "commit first, so that you can go back, or add --force"
    raise UsageError(Finding(rule="upgrade-unsaved", message=message, hint=hint))


def write_upgrade(app: KsonnetApp, plan: UpgradePlan) -> None:
    """Write the new app and remove what nothing reads any more."""
    change_files(app.root, plan.texts, plan.removed)
    _lock(app, plan)
    for directory in sorted({(app.root / file).parent for file in plan.removed}, reverse=True):
        if not any(directory.iterdir()):
            directory.rmdir()


def _lock(app: KsonnetApp, plan: UpgradePlan) -> None:
    entries: dict[str, LockedPackage] = {}
    for name, package in plan.packages.items():
        directory = package_directory(app.root, package)
        registry = app.registries.get(package.registry)
        if directory and registry:
            digest = digest_of(read_content(app.root / directory, name))
            commit = package.version if _COMMIT.fullmatch(package.version) else ""
            entries[name] = LockedPackage(uri=registry.uri, sha256=digest, commit=commit)
    write_lock(app.root, entries)


def _after(app: KsonnetApp, plan: UpgradePlan) -> dict[str, list[Manifest]]:
    """Compile the new app somewhere else; environments and components have their old names."""
    names = {new: old for old, new in plan.components.items()}
    with overlay(app.root, plan.texts, plan.removed, copied=[COMPONENTS]) as root:
        try:
            new = load_app(root)
            return {
                old: [_called(item, names) for item in compile_environment(new, name).manifests]
                for old, name in plan.environments.items()
            }
        except AppError as error:
            where = "so it would be after the upgrade; nothing was written"
            findings = (replace(item, notes=(*item.notes, where)) for item in error.findings)
            raise AppError(*findings) from error


def _called(item: Manifest, names: Mapping[str, str]) -> Manifest:
    return replace(item, origin=replace(item.origin, component=names[item.origin.component]))


def _different(
    before: Mapping[str, Sequence[Manifest]], after: Mapping[str, Sequence[Manifest]]
) -> _Different:
    """Return the objects that are not the same, by environment and component; old names."""
    found: _Different = {}
    for name, objects in before.items():
        old, new = (map(_without_labels, side) for side in (objects, after[name]))
        for item in compare(old, new, _key):
            components = found.setdefault(name, {})
            components.setdefault(item.manifest.origin.component, []).append(item)
    return found


def _key(item: Manifest) -> tuple[str, ...]:
    return item.origin.component, *by_ref(item)


def _without_labels(item: Manifest) -> Manifest:
    """Return an object without what kuplet and ksonnet say of it."""
    metadata = mapping_at(item.body, "metadata")
    labels = {key: value for key, value in item.labels.items() if key not in _LABELS}
    return replace(item, body={**item.body, "metadata": {**metadata, "labels": labels}})


def _findings(different: _Different) -> Iterator[Finding]:
    """Yield what would change, for each component that would."""
    for environment, components in different.items():
        for name, objects in components.items():
            yield Finding(
                rule="upgrade-different",
                message=f'component "{name}" would not compile to the same objects',
                environment=environment,
                component=name,
                notes=tuple(map(_note, objects)),
                hint="the app stays an app of ksonnet, which works as it is",
            )


def _note(difference: ObjectDifference) -> str:
    ref, paths = difference.manifest.ref, [change.path for change in difference.fields]
    if difference.kind is not Difference.CHANGED:
        return f"{ref} would {'be new' if difference.kind is Difference.ADDED else 'be gone'}"
    more = f" and {len(paths) - _MAX_FIELDS} more" if len(paths) > _MAX_FIELDS else ""
    return f"{ref}: {', '.join(paths[:_MAX_FIELDS])}{more}"
