"""Rules about the network: who can reach an environment from outside."""

from collections.abc import Iterator

from compiler.kinds.pods import containers_of, pods_of
from compiler.kinds.table import kind_of
from compiler.model.difference import Difference, ObjectDifference
from compiler.model.finding import Finding
from compiler.model.manifest import Manifest, list_at, objects_at, text_at, value_at
from compiler.stages.review.rules import listed, raised

_OPEN = {"NodePort", "LoadBalancer"}


def exposure(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for every way in that was not there before."""
    before, after, ref = difference.before, difference.after, difference.manifest.ref
    if after is None:
        if ref.kind == "NetworkPolicy":
            message = f"{ref} is removed: its pods can be reached from everywhere"
            yield raised(rule="review-exposure", message=message)
        return
    if ref.kind == "NetworkPolicy":
        yield from _policy(difference)
    if (ref.group, ref.kind) == ("", "Service"):
        yield from _service(before, after)
    if kind_of(ref).is_route:
        yield from _hosts(difference)
    for path in sorted(_host_access(after) - _host_access(before)):
        message = f"{ref} uses the network of its node: {path.rpartition('.')[2]}"
        yield raised(rule="review-exposure", message=message, field=path)


def _policy(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for a policy that changes; whether it lets more through is hard to tell."""
    paths = [item.path for item in difference.fields if item.path.startswith("spec.")]
    if paths:
        message = f"{difference.manifest.ref} lets other traffic through: {listed(paths)}"
        yield raised(rule="review-exposure", message=message, field="spec")


def _service(before: Manifest | None, after: Manifest) -> Iterator[Finding]:
    old, new = _type(before), _type(after)
    if new in _OPEN and new != old:
        was = f"{old} → " if before else ""
        message = f"{after.ref} can be reached from outside the cluster: {was}{new}"
        yield raised(rule="review-exposure", message=message, field="spec.type")
    added = [item for item in _external_ips(after) if item not in _external_ips(before)]
    if added:
        message = f"{after.ref} can be reached from outside the cluster: {', '.join(added)}"
        yield raised(rule="review-exposure", message=message, field="spec.externalIPs")


def _type(manifest: Manifest | None) -> str:
    return text_at(manifest.body, "spec", "type") or "ClusterIP" if manifest else ""


def _external_ips(manifest: Manifest | None) -> list[str]:
    return [str(item) for item in list_at(manifest.body, "spec", "externalIPs")] if manifest else []


def _hosts(difference: ObjectDifference) -> Iterator[Finding]:
    hosts = _host_names(difference.after)
    added = [name for name in hosts if name not in _host_names(difference.before)]
    if difference.kind is Difference.ADDED or added:
        names = f" as {', '.join(added)}" if added else ""
        message = f"{difference.manifest.ref} makes the app known outside{names}"
        yield raised(rule="review-exposure", message=message, field="spec")


def _host_names(manifest: Manifest | None) -> list[str]:
    if manifest is None:
        return []
    rules = [text_at(rule, "host") or "*" for rule in objects_at(manifest.body, "spec", "rules")]
    routes = [str(item) for item in list_at(manifest.body, "spec", "hostnames")]
    return sorted({*(routes or rules)})


def _host_access(manifest: Manifest | None) -> set[str]:
    """Return the paths at which pods leave their own network."""
    if manifest is None:
        return set()
    networks = {
        f"{pods.path}.hostNetwork"
        for pods in pods_of(manifest)
        if pods.spec.get("hostNetwork") is True
    }
    ports = {
        f"{path}.ports.hostPort:{value_at(port, 'hostPort')}"
        for path, container in containers_of(manifest)
        for port in objects_at(container, "ports")
        if port.get("hostPort")
    }
    return networks | ports
