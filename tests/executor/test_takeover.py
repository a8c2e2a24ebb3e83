"""What tools own of an object becomes ours, as managedFields say it."""

import pytest

from compiler.executor.takeover import is_tool, owned_by_us, tools_of
from compiler.model.json import JsonObject

MINE: JsonObject = {"f:data": {"f:a": {}}}
THEIRS: JsonObject = {"f:data": {".": {}, "f:a": {}, "f:b": {}}, "f:metadata": {"f:labels": {}}}


def entry(manager: str, fields: JsonObject, operation: str = "Update", **more: str) -> JsonObject:
    said: JsonObject = {"manager": manager, "operation": operation, "apiVersion": "v1"}
    return {**said, "fieldsType": "FieldsV1", "fieldsV1": fields, **more}


def live_with(*entries: JsonObject) -> JsonObject:
    return {"metadata": {"managedFields": [*entries]}}


def test_what_tools_own_is_ours_and_the_rest_stays_with_its_owners() -> None:
    controller = entry("kube-controller-manager", {"f:spec": {}})
    scale = entry("kubectl", {"f:spec": {}}, subresource="scale")
    old = entry("kubectl-edit", MINE, apiVersion="v0")
    found = owned_by_us(
        live_with(
            entry("kuplet", MINE, "Apply"),
            entry("kubectl-client-side-apply", THEIRS),
            *(controller, scale, old),
        ),
        "v1",
    )
    ours = entry("kuplet", {**THEIRS}, "Apply")
    assert found == [controller, scale, ours]


@pytest.mark.parametrize(
    ("manager", "is_one"),
    [
        *((name, True) for name in ("kubectl", "kubectl-edit", "helm", "argocd-controller", "ks")),
        *((name, True) for name in ("kustomize-controller", "Terraform", "before-first-apply")),
        *((name, False) for name in ("kuplet", "kubectl-label", "kubectl-rollout", "keda")),
        *((name, False) for name in ("kube-controller-manager", "helmsman", "my-argocd")),
    ],
)
def test_tools_are_told_from_controllers(manager: str, is_one: bool) -> None:
    assert is_tool(manager) is is_one
    assert tools_of(live_with(entry(manager, MINE))) == ({manager} if is_one else frozenset())
