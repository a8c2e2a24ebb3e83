"""Rules about rights and Secrets."""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from compiler.kinds import rbac
from compiler.kinds.pods import containers_of, named, pods_of
from compiler.kinds.table import kind_of
from compiler.model.difference import ObjectDifference
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, list_at, objects_at, text_at
from compiler.stages.review.rules import listed, raised

_ALL = "*"
_ALL_POWERFUL = {"cluster-admin"}


class _Right(NamedTuple):
    """One verb on one resource; ``name`` is ``*`` for every object."""

    verb: str
    group: str
    resource: str
    name: str

    def __str__(self) -> str:
        group = f".{self.group}" if self.group else ""
        name = f"/{self.name}" if self.name != _ALL else ""
        return f"{self.verb} {self.resource}{group}{name}"

    def covers(self, other: "_Right") -> bool:
        return all(mine in (_ALL, theirs) for mine, theirs in zip(self, other, strict=True))


def rights(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for a role or a binding that gives more than before."""
    if difference.after is None:
        return
    kind = kind_of(difference.after.ref)
    if kind in rbac.ROLES:
        yield from _role(difference.before, difference.after)
    elif kind in rbac.BINDINGS:
        yield from _binding(difference.before, difference.after)


def _role(before: Manifest | None, after: Manifest) -> Iterator[Finding]:
    """A new role gives nothing before it is bound; only a wildcard in it is worth a look."""
    old = _rights(before)
    added = [right for right in _rights(after) if not any(item.covers(right) for item in old)]
    if before is None:
        added = [right for right in added if _ALL in (right.verb, right.resource)]
    if added:
        words = listed([str(right) for right in added])
        message = f"{after.ref} may do {'more' if before else 'everything to something'}: {words}"
        yield raised(rule="review-rbac", message=message, field="rules")


def _rights(manifest: Manifest | None) -> list[_Right]:
    rules = objects_at(manifest.body, "rules") if manifest else []
    return [right for rule in rules for right in _expanded(rule)]


def _expanded(rule: JsonObject) -> Iterator[_Right]:
    verbs, groups, resources, names, urls = (
        [str(item) for item in list_at(rule, field)]
        for field in ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")
    )
    for parts in product(verbs, groups, resources, names or [_ALL]):
        yield _Right(*parts)
    for verb, url in product(verbs, urls):
        yield _Right(verb, "", url, _ALL)


def _binding(before: Manifest | None, after: Manifest) -> Iterator[Finding]:
    role = text_at(after.body, "roleRef", "name")
    subjects = [item for item in _subjects(after) if item not in _subjects(before)]
    is_powerful = role in _ALL_POWERFUL
    if subjects and (before or is_powerful):
        message = f'{after.ref} gives "{role}" to {listed(subjects)}'
        yield raised(rule="review-rbac", message=message, field="subjects")
    if before and text_at(before.body, "roleRef", "name") != role:
        message = f'{after.ref} gives "{role}" instead of another role'
        yield raised(rule="review-rbac", message=message, field="roleRef")


def _subjects(manifest: Manifest | None) -> list[str]:
    subjects = objects_at(manifest.body, "subjects") if manifest else []
    return [f"{text_at(item, 'kind')}/{text_at(item, 'name')}" for item in subjects]


def secret_references(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for each place that names another Secret than before."""
    if difference.before is None or difference.after is None:
        return
    before, after = _secrets(difference.before), _secrets(difference.after)
    for path in sorted({*before, *after}):
        old, new = before.get(path, ""), after.get(path, "")
        if old == new:
            continue
        change = f'"{old}" → "{new}"' if old and new else f'"{new}"' if new else f'no more "{old}"'
        message = f"{difference.manifest.ref} uses Secret {change}"
        yield raised(rule="review-secret-reference", message=message, field=path)


def _secrets(manifest: Manifest) -> dict[str, str]:
    """Return the Secrets that an object names, with their keys, by the path of the place."""
    found = {}
    for pods in pods_of(manifest):
        for item in objects_at(pods.spec, "imagePullSecrets"):
            found[f"{pods.path}.imagePullSecrets[{text_at(item, 'name')}]"] = text_at(item, "name")
        for name, volume in named(objects_at(pods.spec, "volumes")).items():
            found[f"{pods.path}.volumes[{name}]"] = text_at(volume, "secret", "secretName")
    for path, container in containers_of(manifest):
        for name, variable in named(objects_at(container, "env")).items():
            source = ("valueFrom", "secretKeyRef")
            key = f"{text_at(variable, *source, 'name')}/{text_at(variable, *source, 'key')}"
            found[f"{path}.env[{name}]"] = key.strip("/")
        for index, item in enumerate(objects_at(container, "envFrom")):
            found[f"{path}.envFrom[{index}]"] = text_at(item, "secretRef", "name")
    for index, item in enumerate(objects_at(manifest.body, "spec", "tls")):
        found[f"spec.tls[{index}]"] = text_at(item, "secretName")
    return {path: name for path, name in found.items() if name}
