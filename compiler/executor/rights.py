"""Asks the server which of some rights this account lacks.

A SelfSubjectRulesReview says at once what is granted in a namespace, but not always all of it. What
it does not name, and what lives outside of namespaces, a SelfSubjectAccessReview says for sure.
"""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from compiler.errors import ExternalError
from compiler.executor.compare import CONCURRENCY
from compiler.executor.port import ClusterPort
from compiler.model.json import JsonObject
from compiler.model.manifest import list_at, mapping_at, objects_at, text_at
from compiler.stages.rights import Right

_VERSION = "authorization.k8s.io/v1"
_EVERYTHING = Right("", "*", "*", "*")  # what an administrator has: one question is enough


def lacking(cluster: ClusterPort, rights: Collection[Right]) -> list[Right]:
    """Return which rights this account does not have, sorted.

    Raises:
        ExternalError: The server does not say.
    """
    if _is_allowed(cluster, _EVERYTHING):
        return []
    namespaces = sorted({right.namespace for right in rights} - {""})
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        answers = pool.map(lambda namespace: _granted(cluster, namespace), namespaces)
        granted = dict(zip(namespaces, answers, strict=True))
        open_ones = [
            right
            for right in sorted(set(rights))
            if not any(_grants(rule, right) for rule in granted.get(right.namespace, ()))
        ]
        allowed = pool.map(lambda right: _is_allowed(cluster, right), open_ones)
        return [right for right, is_ours in zip(open_ones, allowed, strict=True) if not is_ours]


def account(cluster: ClusterPort) -> str:
    """Return who the server takes us for; empty where it does not say."""
    body: JsonObject = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "SelfSubjectReview",
        "metadata": {},
    }
    try:
        return text_at(cluster.create(body), "status", "userInfo", "username")
    except ExternalError:  # before Kubernetes 1.28 nobody can ask
        return ""


def _granted(cluster: ClusterPort, namespace: str) -> list[JsonObject]:
    """Return the rules that hold for us in a namespace, as far as the server knows them."""
    review = _review(cluster, "SelfSubjectRulesReview", {"namespace": namespace})
    return objects_at(review, "status", "resourceRules")


def _grants(rule: JsonObject, right: Right) -> bool:
    names = list_at(rule, "resourceNames")
    return (
        _has(rule, "verbs", right.verb)
        and _has(rule, "apiGroups", right.group)
        and _has(rule, "resources", right.resource)
        and (not names or right.name in names)
    )


def _has(rule: JsonObject, key: str, wanted: str) -> bool:
    return not {"*", wanted}.isdisjoint(map(str, list_at(rule, key)))


def _is_allowed(cluster: ClusterPort, right: Right) -> bool:
    # A namespace counts as being in itself, so that a Role there may speak of it.
    is_namespace = (right.group, right.resource) == ("", "namespaces")
    attributes: JsonObject = {
        "namespace": right.name if is_namespace else right.namespace,
        "verb": right.verb,
        "group": right.group,
        "resource": right.resource,
        "name": right.name,
    }
    review = _review(cluster, "SelfSubjectAccessReview", {"resourceAttributes": attributes})
    return mapping_at(review, "status").get("allowed") is True


def _review(cluster: ClusterPort, kind: str, spec: JsonObject) -> JsonObject:
    return cluster.create({"apiVersion": _VERSION, "kind": kind, "metadata": {}, "spec": spec})
