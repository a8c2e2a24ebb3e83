"""Finds what answers webhooks, and which objects they judge when these are written."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from compiler.kinds.custom import is_built_in
from compiler.kinds.definitions import crd_kind, is_crd, is_webhooks, usual_plural
from compiler.kinds.scope import cluster_scoped_kinds
from compiler.kinds.table import kind_of
from compiler.model.app import Goal
from compiler.model.dag import Dependency
from compiler.model.json import JsonObject
from compiler.model.manifest import (
    Manifest,
    ObjectRef,
    by_ref,
    list_at,
    mapping_at,
    objects_at,
    text_at,
)

_NAME_LABEL = "kubernetes.io/metadata.name"  # each namespace has it, with its own name
_WRITES = {"*", "CREATE", "UPDATE"}


def derived(dependent: ObjectRef, needed: ObjectRef, until: Goal, reason: str) -> Dependency:
    """Return a dependency that follows from what the objects say."""
    return Dependency(dependent=dependent, needed=needed, until=until, reason=reason)


def webhook_backends(manifests: Sequence[Manifest]) -> Iterator[Dependency]:
    """Let a webhook wait for the workload that answers it: until then it refuses every write."""
    known: Mapping[ObjectRef, Manifest] | None = None
    for manifest in manifests:
        for reference in kind_of(manifest.ref).references(manifest):
            if reference.must_answer:
                known = by_ref(manifests) if known is None else known
                reason = f"its webhook is answered there, through {reference.needed}"
                for workload in _behind(known.get(reference.needed), manifests):
                    yield derived(manifest.ref, workload.ref, Goal.READY, reason)


def judges(manifests: Sequence[Manifest]) -> Mapping[ObjectRef, Mapping[ObjectRef, str]]:
    """Return for each workload behind a webhook what cannot be written without it, and why."""
    found: dict[ObjectRef, dict[ObjectRef, str]] = {}
    known = by_ref(manifests)
    for webhook in _strict_webhooks(manifests):
        service = mapping_at(webhook, "clientConfig", "service")
        ref = ObjectRef("", "Service", text_at(service, "namespace"), text_at(service, "name"))
        reason = f"webhook {text_at(webhook, 'name')} judges it, and fails without its server"
        for workload in _behind(known.get(ref), manifests):
            judged = found.setdefault(workload.ref, {})
            for item in _matched(webhook, manifests):
                if not _is_own(item, workload):
                    judged[item.ref] = reason
    return found


def _is_own(item: Manifest, workload: Manifest) -> bool:
    """Return whether an object may serve the workload itself: a Job that makes its certificate."""
    is_beside = item.origin.component == workload.origin.component
    return is_beside and is_built_in(item.ref.group)


def _behind(service: Manifest | None, manifests: Sequence[Manifest]) -> Iterator[Manifest]:
    """Yield the workloads that a Service leads to."""
    if service is None or not (selector := mapping_at(service.body, "spec", "selector")):
        return
    for workload in manifests:
        labels = mapping_at(workload.body, "spec", "template", "metadata", "labels")
        is_there = workload.ref.namespace == service.ref.namespace
        if is_there and selector.items() <= labels.items():
            yield workload


def _strict_webhooks(manifests: Sequence[Manifest]) -> Iterator[JsonObject]:
    """Yield the webhooks without whose answer nothing is written: with ``Fail``, the default."""
    for manifest in manifests:
        for webhook in objects_at(manifest.body, "webhooks") if is_webhooks(manifest) else ():
            default = "Ignore" if manifest.api_version.endswith("beta1") else "Fail"
            if (text_at(webhook, "failurePolicy") or default) == "Fail":
                yield webhook


def _matched(webhook: JsonObject, manifests: Sequence[Manifest]) -> Iterator[Manifest]:
    plurals = {
        crd_kind(item): text_at(item.body, "spec", "names", "plural")
        for item in manifests
        if is_crd(item)
    }
    spaces = {item.ref.name: item.labels for item in manifests if item.ref.kind == "Namespace"}
    outside = cluster_scoped_kinds(manifests)
    for item in manifests:
        if is_webhooks(item):
            continue  # the server asks no webhook about webhooks
        key = item.ref.group, item.ref.kind
        plural = plurals.get(key) or usual_plural(item.ref.kind)
        scope = "Cluster" if key in outside else "Namespaced"
        space = item.ref.name if item.ref.kind == "Namespace" else item.ref.namespace
        labels = {_NAME_LABEL: space, **spaces.get(space, {})}
        is_meant = (
            any(
                _covers(rule, item.ref.group, plural, scope)
                for rule in objects_at(webhook, "rules")
            )
            and _selects(mapping_at(webhook, "objectSelector"), item.labels)
            and (not space or _selects(mapping_at(webhook, "namespaceSelector"), labels))
        )
        if is_meant:
            yield item


def _covers(rule: JsonObject, group: str, plural: str, scope: str) -> bool:
    def has(field: str, *wanted: str) -> bool:
        return any(item in list_at(rule, field) for item in wanted)

    return (
        has("operations", *_WRITES)
        and has("apiGroups", group, "*")
        and has("resources", plural, "*", "*/*")
        and text_at(rule, "scope") in {"", "*", scope}
    )


def _selects(selector: JsonObject, labels: JsonObject) -> bool:
    """Return whether labels are selected; an empty selector selects all."""
    is_equal = mapping_at(selector, "matchLabels").items() <= labels.items()
    return is_equal and all(
        _OPERATORS.get(text_at(item, "operator"), _never)(
            labels.get(text_at(item, "key")), list_at(item, "values")
        )
        for item in objects_at(selector, "matchExpressions")
    )


def _never(_: object, __: Sequence[object]) -> bool:
    return False


_OPERATORS: Mapping[str, Callable[[object, Sequence[object]], bool]] = {
    "In": lambda label, values: label in values,
    "NotIn": lambda label, values: label not in values,
    "Exists": lambda label, _: label is not None,
    "DoesNotExist": lambda label, _: label is None,
}
