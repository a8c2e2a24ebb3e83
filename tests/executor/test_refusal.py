"""What kuplet makes of a server's refusal: each cause has its own words, and its own exit code.

The messages are those of Kubernetes 1.36.
"""

import pytest

from compiler.executor.port import ApiError
from compiler.executor.refusal import is_external, refusal
from compiler.model.json import JsonObject
from tests.factories import make_manifest

POD = make_manifest("Pod", "web", namespace="team")
TERMINATING: JsonObject = {
    "reason": "Forbidden",
    "message": 'pods "web" is forbidden: unable to create new content in namespace team because it'
    " is being terminated",
    "details": {"causes": [{"reason": "NamespaceTerminating", "field": "metadata.namespace"}]},
}
CASES = [
    (429, "too many requests, please try again later", "TooManyRequests", "cluster-failed", True),
    (
        403,
        (
            'pods "web" is forbidden: User "joe" cannot patch resource "pods" in API group "" in'
            ' the namespace "team"'
        ),
        "Forbidden",
        "cluster-forbidden",
        True,
    ),
    (
        403,
        (
            'roles.rbac.authorization.k8s.io "web" is forbidden: user "ci"'
            ' (groups=["system:authenticated"]) is attempting to grant RBAC permissions not'
            ' currently held:\n{APIGroups:["example.com"], Resources:["toys"], Verbs:["get"]}'
        ),
        "Forbidden",
        "cluster-forbidden",
        True,
    ),
    (
        403,
        (
            'pods "web" is forbidden: exceeded quota: gpus, requested: requests.nvidia.com/gpu=8,'
            " used: requests.nvidia.com/gpu=0, limited: requests.nvidia.com/gpu=4"
        ),
        "Forbidden",
        "quota-exceeded",
        True,
    ),
    (
        403,
        'pods "web" is forbidden: status unknown for quota: team, resources: count/jobs.batch',
        "Forbidden",
        "cluster-failed",
        True,
    ),
    (
        403,
        'pods "web" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi',
        "Forbidden",
        "object-rejected",
        False,
    ),
    (
        403,
        'pods "web" is forbidden: violates PodSecurity "restricted:latest": privileged',
        "Forbidden",
        "object-rejected",
        False,
    ),
    (
        500,
        (
            'Internal error occurred: failed calling webhook "check.example.com": failed to call'
            ' webhook: Post "https://check.team.svc:443/": dial tcp 10.0.0.1:443: refused'
        ),
        "InternalError",
        "webhook-unavailable",
        True,
    ),
    (
        400,
        'admission webhook "check.example.com" denied the request: no latest tags',
        "BadRequest",
        "object-rejected",
        False,
    ),
    (500, "etcdserver: request timed out", "", "cluster-failed", True),
    (500, "the mutated object is wrong", "Invalid", "object-rejected", False),
    (401, "Unauthorized", "Unauthorized", "cluster-unauthorized", True),
]


@pytest.mark.parametrize(("code", "message", "reason", "rule", "is_theirs"), CASES)
def test_causes_are_told_apart(
    code: int, message: str, reason: str, rule: str, *, is_theirs: bool
) -> None:
    failure = ApiError(code, {"reason": reason, "message": message})
    assert (refusal(failure, POD).rule, is_external(failure)) == (rule, is_theirs)


def test_a_namespace_that_is_being_deleted_is_no_question_of_rights() -> None:
    failure = ApiError(403, TERMINATING)
    found = refusal(failure, POD)
    assert (found.rule, is_external(failure)) == ("namespace-terminating", True)
    assert found.message == 'Pod/team/web: the namespace "team" is being deleted'


def test_many_missing_rights_are_not_all_listed() -> None:
    rights = "\n".join(f'{{Resources:["{number}"]}}' for number in range(50))
    message = f"it is attempting to grant RBAC permissions not currently held:\n{rights}"
    found = refusal(ApiError(403, {"reason": "Forbidden", "message": message}), POD)
    assert found.message.endswith('{Resources:["4"]}\n… 45 more lines')


def test_a_quota_is_told_in_numbers() -> None:
    _, message, reason, _, _ = next(case for case in CASES if case[3] == "quota-exceeded")
    found = refusal(ApiError(403, {"reason": reason, "message": message}), POD)
    assert "requested: requests.nvidia.com/gpu=8" in found.message
    assert found.hint.endswith("kubectl describe quota -n team")


BUSY_OR_NOT = [
    (400, "cluster-refused"),
    (401, "cluster-unauthorized"),
    (429, "cluster-failed"),
    (503, "cluster-failed"),
]


@pytest.mark.parametrize(("code", "rule"), BUSY_OR_NOT)
def test_a_server_that_is_busy_or_broken_has_not_refused(code: int, rule: str) -> None:
    (finding,) = ApiError(code, {"message": "no"}).findings
    assert finding.rule == rule
