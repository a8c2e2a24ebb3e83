"""What pods ask of the nodes."""

from fractions import Fraction

from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.stages.quantity import parse_quantity

_NOTHING = Fraction(0)


def pod_requests(pod: JsonObject) -> dict[str, Fraction]:
    """Return what the scheduler counts: containers together, or one init container if it is more.

    Init containers that go on running (``restartPolicy: Always``) count with the containers.
    """
    init = objects_at(pod, "initContainers")
    beside = [item for item in init if text_at(item, "restartPolicy") == "Always"]
    found: dict[str, Fraction] = {}
    for container in (*objects_at(pod, "containers"), *beside):
        for name, amount in container_requests(container).items():
            found[name] = found.get(name, _NOTHING) + amount
    for container in init:
        for name, amount in container_requests(container).items():
            found[name] = max(found.get(name, _NOTHING), amount)
    return found


def container_requests(container: JsonObject) -> dict[str, Fraction]:
    """Return what a container asks for; a limit without a request is one."""
    limits, requests = (mapping_at(container, "resources", key) for key in ("limits", "requests"))
    amounts = {name: parse_quantity(value) for name, value in {**limits, **requests}.items()}
    return {name: amount for name, amount in amounts.items() if amount is not None}


def amounts_at(body: JsonObject, *path: str) -> dict[str, Fraction]:
    """Return the quantities at a path by resource; what is none is left out."""
    found = {name: parse_quantity(value) for name, value in mapping_at(body, *path).items()}
    return {name: amount for name, amount in found.items() if amount is not None}
