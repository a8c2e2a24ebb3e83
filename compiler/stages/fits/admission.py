"""Reads what Kueue says of a job that it does not admit: why, and which field asks for that."""

import re
from collections.abc import Sequence
from fractions import Fraction

from compiler.kinds.pod_template import PodTemplate
from compiler.kinds.pods import pods_of
from compiler.model.app import Goal
from compiler.model.fit import Fit, Obstacle
from compiler.model.manifest import Manifest
from compiler.model.readiness import Readiness
from compiler.stages.pod_requests import pod_requests
from compiler.stages.quantity import parse_quantity

_MISSING = "add it to the environment; one that the cluster has is seen with --from-cluster"
# Kueue 0.19, pkg/scheduler/flavorassigner.
_POD_SET = re.compile(r"pod set (?P<name>[\w.-]+)")
_CAPACITY = re.compile(r"maximum capacity \((?P<amount>[^)]+)\)")
_RESOURCE = re.compile(r"quota for (?P<resource>\S+) in flavor|resource (?P<other>\S+) unavailable")


def admission_obstacle(job: Manifest, state: Readiness) -> Obstacle | None:
    """Return what keeps a job in its queue; ``None`` when it is admitted.

    Args:
        state: How far its Workload has come.
    """
    if state.reached >= Goal.READY:
        return None
    match = _RESOURCE.search(state.message)
    resource = (match["resource"] or match["other"]) if match else ""
    pods = _pod_set(list(pods_of(job)), state.message)
    are_many = bool(pods.count_field) and not _is_one_too_many(pods, resource, state.message)
    field = pods.count_field if are_many else f"{pods.path}.containers"
    return Obstacle(
        fit=Fit.NEVER if state.has_failed else Fit.LATER,
        message=state.message,
        field=field if resource else "",
        resource="" if are_many else resource,
        hint=_MISSING if "doesn't exist" in state.message else "",
    )


def _pod_set(found: Sequence[PodTemplate], message: str) -> PodTemplate:
    """Return the pods that Kueue speaks of, which it calls by their role, in small letters."""
    match = _POD_SET.search(message)
    name = match["name"] if match else ""
    return next((pods for pods in found if pods.role.lower() == name), found[0])


def _is_one_too_many(pods: PodTemplate, resource: str, message: str) -> bool:
    """Return whether fewer pods would not help: there is one only, or one asks for too much."""
    match = _CAPACITY.search(message)
    most = parse_quantity(match["amount"]) if match else None
    one = pod_requests(pods.spec).get(resource, Fraction(0))
    return pods.count == 1 or (most is not None and one > most)
