"""Which rights an account needs for what kuplet does, and the rules that give exactly these.

Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from compiler.kinds.rbac import BINDINGS, GROUP, ROLES
from compiler.model.change import Action
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, objects_at, text_at
from compiler.model.owner import Owner

VERBS = ("get", "list", "create", "patch", "delete", "escalate", "bind")  # as rules list them
_VERBS_OF: Mapping[Action, tuple[str, ...]] = {
    Action.CREATE: ("get", "create", "patch"),
    Action.UPDATE: ("get", "patch"),
    Action.ADOPT: ("get", "patch"),
    Action.REPLACE: ("get", "create", "patch", "delete"),
    Action.DELETE: ("get", "delete"),
    Action.KEEP: ("get", "patch"),  # the server is asked what a patch would change
}
_NAMELESS = ("list", "create")  # such requests are about no object that RBAC could know by name
_ROLES = {kind.kind: f"{kind.kind.lower()}s" for kind in ROLES}
_BINDINGS = {kind.kind for kind in BINDINGS}

ResourceOf: TypeAlias = Callable[[Manifest], str]  # how a kind is called in paths and in rules


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """The right to do one thing to objects of one sort.

    Attributes:
        namespace: Empty for what lives outside of namespaces.
        name: Of the only object that it is about; empty for all.
    """

    namespace: str
    group: str
    resource: str
    verb: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Some rights in one namespace, as a Role says them.

    Attributes:
        names: Of the only objects that it is about; empty for all.
    """

    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        suffix = f".{self.group}" if self.group else ""
        what = ", ".join(f"{item}{suffix}" for item in self.resources)
        names = ", ".join(f'"{name}"' for name in self.names)
        return " ".join(filter(None, (", ".join(self.verbs), what, names)))

    @property
    def as_json(self) -> JsonObject:
        """The rule as Kubernetes writes it."""
        names: JsonObject = {"resourceNames": [*self.names]} if self.names else {}
        return {
            "apiGroups": [self.group],
            "resources": [*self.resources],
            **names,
            "verbs": [*self.verbs],
        }


def object_rights(
    manifest: Manifest, resource: str, action: Action, *, is_named: bool = True
) -> Iterator[Right]:
    """Yield what is needed to do something to an object.

    Args:
        resource: How its kind is called in paths.
        is_named: Whether its name is known: later runs of a job get others.
    """
    ref = manifest.ref
    for verb in _VERBS_OF[action]:
        name = "" if verb in _NAMELESS or not is_named else ref.name
        yield Right(ref.namespace, ref.group, resource, verb, name)


def growing_rights(manifest: Manifest) -> Iterator[Right]:
    """Yield what lets the claims of a StatefulSet's pods grow: their names are not known before."""
    if (manifest.ref.group, manifest.ref.kind) != ("apps", "StatefulSet"):
        return
    if objects_at(manifest.body, "spec", "volumeClaimTemplates"):
        for verb in ("list", "patch"):
            yield Right(manifest.ref.namespace, "", "persistentvolumeclaims", verb)


def granting_rights(manifest: Manifest) -> Iterator[Right]:
    """Yield what lets an account write a role whose rights it has not, or bind somebody to it."""
    ref = manifest.ref
    if ref.group != GROUP:
        return
    if ref.kind in _ROLES:
        yield Right(ref.namespace, GROUP, _ROLES[ref.kind], "escalate", ref.name)
    elif ref.kind in _BINDINGS:
        kind, name = (text_at(manifest.body, "roleRef", key) for key in ("kind", "name"))
        if kind in _ROLES:
            yield Right(ref.namespace, GROUP, _ROLES[kind], "bind", name)


def own_rights(owner: Owner, namespace: str) -> Iterator[Right]:
    """Yield what kuplet itself needs: to record releases, keep the ApplySet, and hold the lock.

    The names of records are not known before: each has the number of its release.
    """
    for verb in ("get", "list", "create", "patch"):
        yield Right(namespace, "", "secrets", verb)
    yield from locking_rights(owner, namespace)


def locking_rights(owner: Owner, namespace: str) -> Iterator[Right]:
    """Yield what is needed to hold the lock."""
    for verb in ("get", "patch"):
        yield Right(namespace, "coordination.k8s.io", "leases", verb, owner.applyset_name)
    yield Right(namespace, "coordination.k8s.io", "leases", "create")


def reading_rights(namespace: str) -> Iterator[Right]:
    """Yield what is needed to read the releases."""
    yield Right(namespace, "", "secrets", "list")


def seeing_rights(namespaces: Iterable[str]) -> Iterator[Right]:
    """Yield what shows why pods do not run, and which images they have; nothing fails without."""
    for namespace in namespaces:
        yield Right(namespace, "", "pods", "list")
        yield Right(namespace, "", "events", "list")


def quota_rights(namespaces: Iterable[str]) -> Iterator[Right]:
    """Yield what shows whether there is room for what is added; nothing fails without."""
    for namespace in namespaces:
        yield Right(namespace, "", "resourcequotas", "list")
        yield Right(namespace, "", "limitranges", "list")


def scaling_rights(manifests: Iterable[Manifest]) -> Iterator[Right]:
    """Yield what shows who scales workloads, besides the app itself; nothing fails without."""
    for namespace in {item.ref.namespace for item in manifests}:
        yield Right(namespace, "autoscaling", "horizontalpodautoscalers", "list")


def forgetting_rights(namespace: str) -> Iterator[Right]:
    """Yield what is needed to remove old records; without, they stay."""
    yield Right(namespace, "", "secrets", "delete")


def rules_of(rights: Iterable[Right]) -> dict[str, tuple[Rule, ...]]:
    """Return the rules that give exactly some rights, by namespace; both sorted."""
    found: dict[str, dict[tuple[str, str], set[Right]]] = {}
    for right in rights:
        of_namespace = found.setdefault(right.namespace, {})
        of_namespace.setdefault((right.group, right.resource), set()).add(right)
    return {namespace: _rules(found[namespace]) for namespace in sorted(found)}


def _rules(found: Mapping[tuple[str, str], set[Right]]) -> tuple[Rule, ...]:
    of_all: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    rules: list[Rule] = []
    for (group, resource), rights in sorted(found.items()):
        general = {right.verb for right in rights if not right.name}
        if general:
            of_all.setdefault((group, _ordered(general)), []).append(resource)
        by_name: dict[str, set[str]] = {}
        for right in rights:
            if right.name and right.verb not in general:
                by_name.setdefault(right.name, set()).add(right.verb)
        alike: dict[tuple[str, ...], list[str]] = {}
        for name, verbs in sorted(by_name.items()):
            alike.setdefault(_ordered(verbs), []).append(name)
        rules += (
            Rule(group=group, resources=(resource,), verbs=verbs, names=tuple(names))
            for verbs, names in alike.items()
        )
    rules += (
        Rule(group=group, resources=tuple(resources), verbs=verbs)
        for (group, verbs), resources in of_all.items()
    )
    return tuple(sorted(rules, key=lambda item: (item.group, item.resources, item.names)))


def _ordered(verbs: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(verbs, key=VERBS.index))
