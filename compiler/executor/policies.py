"""Says which fields a ValidatingAdmissionPolicy speaks of that has refused an object.

The server names the policy, but no field: that stands in its expressions.
Source: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from compiler.errors import ExternalError
from compiler.executor.port import ClusterPort
from compiler.model.change import Refusal
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, objects_at, text_at
from compiler.stages.diff import path_in

_VERSION, _KIND = "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"
_DENIED = re.compile(r"ValidatingAdmissionPolicy '([^']+)' .*?denied request: (.*)", re.DOTALL)
_FIELD = re.compile(r"""\bobject((?:\.[A-Za-z_]\w*|\[["'][^"']+["']\])+)(\()?""")
_KEY = re.compile(r"""\[["']([^"']+)["']\]""")
_VARIABLE = re.compile(r"\bvariables\.([A-Za-z_]\w*)")
_IDENTITY = {"apiVersion", "kind"}  # rules ask for these to tell objects apart
_UNSAID = "failed expression: "  # what the server says for a rule without a message of its own


def with_policy_fields(cluster: ClusterPort, refusal: Refusal) -> Refusal:
    """Return a refusal with the fields that policies speak of.

    Nothing is added where none has refused it, or we may not read that.
    """
    parts = tuple(
        part if part.paths else replace(part, paths=_paths(cluster, refusal.manifest, part.message))
        for part in refusal.parts
    )
    return replace(refusal, parts=parts)


def _paths(cluster: ClusterPort, manifest: Manifest, message: str) -> tuple[str, ...]:
    return tuple(path_in(manifest.body, field) for field in _fields_of_policy(cluster, message))


def _fields_of_policy(cluster: ClusterPort, message: str) -> list[str]:
    """Return the fields, as the server writes them, of the rules that gave a message."""
    denied = _DENIED.search(message)
    if not denied:
        return []
    name, said = denied.groups()
    try:
        policy = cluster.read_cluster_scoped(_VERSION, _KIND, name) or {}
    except ExternalError:
        return []
    variables = {
        text_at(item, "name"): text_at(item, "expression")
        for item in objects_at(policy, "spec", "variables")
    }
    found: dict[str, None] = {}
    for rule in objects_at(policy, "spec", "validations"):
        if _says(rule, said):
            for expression in _with_variables(text_at(rule, "expression"), variables):
                found |= dict.fromkeys(_fields_in(expression))
    return [*found]


def _says(rule: JsonObject, said: str) -> bool:
    """Return whether a rule may have said this; what is computed may be anything."""
    if "messageExpression" in rule:
        return True
    return said.strip() in {
        text_at(rule, "message").strip(),
        _UNSAID + text_at(rule, "expression").strip(),
    }


def _with_variables(expression: str, variables: dict[str, str]) -> Iterator[str]:
    """Yield an expression and those of the variables that it uses."""
    yield expression
    for name in dict.fromkeys(_VARIABLE.findall(expression)):
        if name in variables:
            others = {key: value for key, value in variables.items() if key != name}
            yield from _with_variables(variables[name], others)


def _fields_in(expression: str) -> Iterator[str]:
    for path, call in _FIELD.findall(expression):
        field = _KEY.sub(r"[\1]", path).lstrip(".")
        if call:  # the last word is a function: object.spec.containers.all(…)
            field = field.rpartition(".")[0]
        if field and field not in _IDENTITY:
            yield field
