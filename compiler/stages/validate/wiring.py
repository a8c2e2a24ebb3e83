"""Checks that what objects of an app say of each other fits: ports, addresses, volumes, buckets."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from compiler.kinds.kind import Life
from compiler.kinds.pod_template import PodTemplate
from compiler.kinds.pods import containers_of, pods_of
from compiler.kinds.table import kind_of
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject
from compiler.model.manifest import (
    Manifest,
    ObjectRef,
    list_at,
    mapping_at,
    objects_at,
    text_at,
    value_at,
)
from compiler.stages.names import did_you_mean

BUCKETS = "kuplet.dev/buckets"  # annotation of a Service: the buckets that its store has
_ADDRESS = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+]*)://)?(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>/[^\s]*)?"
)
_URL = re.compile(r"\b[a-z][a-z0-9+]*://[^\s'\",;]+")
_BUCKET = re.compile(r"(?:\bs3a?://|(?<![\w.-]):s3:)(?P<bucket>[a-z0-9][a-z0-9.-]+)")
_PORTS = {"http": 80, "https": 443}
_TLS_PORTS = {443, 8443}
_STORES = {"S3_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "RCLONE_S3_ENDPOINT"}


def check_wiring(manifests: Sequence[Manifest]) -> Iterator[Finding]:
    """Yield a warning for everything in the app that will not find what it looks for there."""
    services = {item.ref: item for item in manifests if _is(item, "Service")}
    labelled = _by_label(manifests) if services else {}
    for service in services.values():
        yield from _unserved(service, labelled)
    for manifest in manifests if services else ():
        found = _addresses(manifest, services)
        yield from dict.fromkeys(found)
    yield from _crowded_claims(manifests)


def _is(manifest: Manifest, kind: str) -> bool:
    return (manifest.ref.group, manifest.ref.kind) == ("", kind)


def _warning(manifest: Manifest, rule: str, message: str, field: str, hint: str = "") -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.WARNING,
        message=f"{manifest.ref}: {message}",
        span=manifest.origin.span,
        component=manifest.origin.component,
        object=str(manifest.ref),
        field=field,
        notes=(f"at {field}", manifest.origin.note),
        hint=hint,
    )


def _by_label(manifests: Sequence[Manifest]) -> dict[tuple[str, str, str], list[Manifest]]:
    """Return the workloads by the namespace and each label of their pods."""
    found: dict[tuple[str, str, str], list[Manifest]] = {}
    for item in manifests:
        for name, value in _pod_labels(item).items():
            found.setdefault((item.ref.namespace, name, str(value)), []).append(item)
    return found


def _pod_labels(workload: Manifest) -> JsonObject:
    return mapping_at(workload.body, "spec", "template", "metadata", "labels")


def _unserved(
    service: Manifest, labelled: Mapping[tuple[str, str, str], list[Manifest]]
) -> Iterator[Finding]:
    """Yield a warning for each port of a Service that none of the pods behind it has."""
    selector = mapping_at(service.body, "spec", "selector")
    if not selector:
        return
    name, value = next(iter(selector.items()))
    near = labelled.get((service.ref.namespace, name, str(value)), ())
    behind = [item for item in near if selector.items() <= _pod_labels(item).items()]
    for index, port in enumerate(objects_at(service.body, "spec", "ports")):
        target = port.get("targetPort", port.get("port"))
        for workload in behind if isinstance(target, int | str) else ():
            names, numbers = _container_ports(workload)
            known: Iterable[object] = names if isinstance(target, str) else numbers
            if target in known or (not isinstance(target, str) and not numbers):
                continue  # who declares no port may listen on any
            message = f"no container of {workload.ref} has the port {target}"
            field = f"spec.ports[{text_at(port, 'name') or index}].targetPort"
            hint = did_you_mean(str(target), map(str, known)) if known else ""
            yield _warning(service, "service-port", message, field, hint)


def _container_ports(workload: Manifest) -> tuple[set[str], set[int]]:
    ports = [
        port for _, container in containers_of(workload) for port in objects_at(container, "ports")
    ]
    numbers = (port.get("containerPort") for port in ports)
    return {text_at(port, "name") for port in ports} - {""}, {
        number for number in numbers if isinstance(number, int)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    """What a container says of where something is."""

    text: str
    field: str
    scheme: str
    port: int | None
    service: Manifest


def _addresses(manifest: Manifest, services: Mapping[ObjectRef, Manifest]) -> Iterator[Finding]:
    for path, container in containers_of(manifest):
        said = list(_said(path, container))
        for field, name, text in said:
            whole = _ADDRESS.fullmatch(text)
            matches = [whole] if whole else [_ADDRESS.match(url) for url in _URL.findall(text)]
            for match in matches:
                address = match and _address(match, field, manifest, services)
                if address and (address.scheme or address.port or "ENDPOINT" in name):
                    yield from _misdirected(manifest, address)
        yield from _missing_buckets(manifest, said, services)


def _said(path: str, container: JsonObject) -> Iterator[tuple[str, str, str]]:
    """Yield the field, the variable's name and the text of all that a container is told."""
    for variable in objects_at(container, "env"):
        name = text_at(variable, "name")
        yield f"{path}.env[{name}].value", name, text_at(variable, "value")
    for key in ("command", "args"):
        for index, text in enumerate(list_at(container, key)):
            if isinstance(text, str):
                yield f"{path}.{key}[{index}]", "", text


def _address(
    match: re.Match[str],
    field: str,
    manifest: Manifest,
    services: Mapping[ObjectRef, Manifest],
) -> _Address | None:
    name, _, rest = match["host"].partition(".")
    namespace = rest.partition(".")[0] or manifest.ref.namespace
    service = services.get(ObjectRef("", "Service", namespace, name))
    if service is None or text_at(service.body, "spec", "type") == "ExternalName":
        return None
    scheme = match["scheme"] or ""
    port = int(match["port"]) if match["port"] else _PORTS.get(scheme)
    return _Address(text=match[0], field=field, scheme=scheme, port=port, service=service)


def _misdirected(manifest: Manifest, address: _Address) -> Iterator[Finding]:
    """Yield a warning where a Service of the app does not listen as an address says."""
    ports = objects_at(address.service.body, "spec", "ports")
    there = {port.get("port"): port for port in ports}
    if address.port is None and address.scheme:
        return  # a protocol that may have a port of its own
    if address.port not in there:
        known = " and ".join(str(number) for number in there) or "no port"
        said = f"port {address.port}" if address.port else "no port"
        message = f'"{address.text}" names {said}, and {address.service.ref} has {known}'
        yield _warning(manifest, "endpoint-port", message, address.field)
    elif address.scheme in _PORTS and (address.scheme == "https") != _speaks_tls(
        there[address.port]
    ):
        how = "without TLS" if address.scheme == "https" else "TLS only"
        message = f'"{address.text}" is {address.scheme}, and {address.service.ref} speaks {how}'
        yield _warning(manifest, "endpoint-tls", message, address.field)


def _speaks_tls(port: JsonObject) -> bool:
    words = " ".join(
        str(port.get(key, "")).lower() for key in ("name", "targetPort", "appProtocol")
    )
    numbers = {port.get("port"), port.get("targetPort")}
    return bool(numbers & _TLS_PORTS) or any(word in words for word in ("https", "tls", "wss"))


def _missing_buckets(
    manifest: Manifest,
    said: Sequence[tuple[str, str, str]],
    services: Mapping[ObjectRef, Manifest],
) -> Iterator[Finding]:
    """Yield a warning for each bucket that the store which a container uses does not have."""
    matches = [_ADDRESS.fullmatch(text) for _, name, text in said if name in _STORES]
    found = [match and _address(match, "", manifest, services) for match in matches]
    store = next((item.service for item in found if item), None)
    listed = store.annotations.get(BUCKETS) if store else None
    if store is None or not isinstance(listed, str):
        return
    for field, _, text in said:
        for bucket in dict.fromkeys(_BUCKET.findall(text)):
            if bucket not in listed.split():
                message = f'nothing makes the bucket "{bucket}" of {store.ref}'
                hint = f"{did_you_mean(bucket, listed.split())}; or add it to the parameter buckets"
                hint = hint if listed else "add it to the parameter buckets"
                add = f'{hint} of component "{store.origin.component}"'
                yield _warning(manifest, "bucket-missing", message, field, add)


def _crowded_claims(manifests: Sequence[Manifest]) -> Iterator[Finding]:
    """Yield a warning for each claim that one node may mount, and pods of several want."""
    claims = {
        item.ref: item
        for item in manifests
        if _is(item, "PersistentVolumeClaim")
        and set(map(str, list_at(item.body, "spec", "accessModes")))
        <= {"ReadWriteOnce", "ReadWriteOncePod"}
    }
    standing: dict[ObjectRef, Manifest] = {}
    for manifest in manifests if claims else ():
        counts: dict[ObjectRef, int] = {}
        fields: dict[ObjectRef, str] = {}
        for pods in pods_of(manifest):
            for name in _claims_of(pods):
                ref = ObjectRef("", "PersistentVolumeClaim", manifest.ref.namespace, name)
                counts[ref] = counts.get(ref, 0) + pods.count
                fields.setdefault(ref, f"{pods.path}.volumes")
        for ref in counts.keys() & claims.keys():
            other = standing.get(ref)
            are_many = counts[ref] > 1
            if are_many or other:
                beside = f"its pod and that of {other.ref}" if other else ""
                who = "several pods" if are_many else beside
                mode = list_at(claims[ref].body, "spec", "accessModes")[0]
                message = f"{who} mount {ref}, which pods of one node can mount ({mode})"
                hint = "give the claim ReadWriteMany, or let one pod use it"
                yield _warning(manifest, "claim-shared", message, fields[ref], hint)
            if kind_of(manifest.ref).life is Life.STANDING:
                standing[ref] = manifest


def _claims_of(pods: PodTemplate) -> set[str]:
    volumes = objects_at(pods.spec, "volumes")
    names = (value_at(item, "persistentVolumeClaim", "claimName") for item in volumes)
    return {name for name in names if isinstance(name, str)}
