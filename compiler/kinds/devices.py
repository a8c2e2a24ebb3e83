"""Claims of devices, as dynamic resource allocation has them."""

from collections.abc import Iterator

from compiler.kinds.kind import Kind, Reference
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, mapping_at, objects_at, text_at

GROUP = "resource.k8s.io"


def _classes(claim: JsonObject, place: str) -> Iterator[Reference]:
    for index, request in enumerate(objects_at(claim, "devices", "requests")):
        path = f"{place}.devices.requests[{index}]"
        exactly = mapping_at(request, "exactly")
        options = [request, exactly, *objects_at(request, "firstAvailable")]  # request: v1beta1
        for option in options:
            if text_at(option, "deviceClassName"):
                ref = ObjectRef(GROUP, "DeviceClass", "", text_at(option, "deviceClassName"))
                yield Reference(ref, path)


def _of_claim(manifest: Manifest) -> Iterator[Reference]:
    yield from _classes(mapping_at(manifest.body, "spec"), "spec")


def _of_template(manifest: Manifest) -> Iterator[Reference]:
    yield from _classes(mapping_at(manifest.body, "spec", "spec"), "spec.spec")


# Source: k8s.io/api/resource/v1 of Kubernetes 1.36.
ROWS = (
    Kind(group=GROUP, kind="ResourceClaim", references=_of_claim),
    Kind(group=GROUP, kind="ResourceClaimTemplate", references=_of_template),
)
