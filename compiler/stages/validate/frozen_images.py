"""Warns of images that nobody renews any more, or that are known to be vulnerable."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from compiler.kinds.pods import containers_of
from compiler.model.finding import Finding, Severity
from compiler.model.image import home_of, parse_image
from compiler.model.manifest import Manifest, text_at


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenImage:
    """A repository that gets no more images.

    Attributes:
        place: Server and name, as Docker spells them out; ``*`` stands for anything.
        since: The day of its end, as ISO 8601.
        why: What that means for who uses it.
        instead: What to take.
        source: Who says so.
    """

    place: str
    since: str
    why: str
    instead: str
    source: str


_MINIO = "kuplet/s3 makes a store with SeaweedFS or RustFS"
# Read in November 2026.
FROZEN = (
    FrozenImage(
        place="quay.io/minio/*",
        since="2025-10-15",
        why="MinIO publishes no images any more, and the last one has CVE-2025-62506",
        instead=_MINIO,
        source="https://github.com/minio/minio/issues/21647",
    ),
    FrozenImage(
        place="docker.io/minio/*",
        since="2026-09-12",
        why="MinIO's repositories are gone from Docker Hub",
        instead=_MINIO,
        source="https://github.com/testcontainers/testcontainers-node/issues/1463",
    ),
    FrozenImage(
        place="docker.io/bitnami/*",
        since="2025-08-28",
        why="Bitnami publishes no versions here any more",
        instead="take the project's own image",
        source="https://github.com/bitnami/containers/issues/83267",
    ),
    FrozenImage(
        place="docker.io/bitnamilegacy/*",
        since="2025-08-28",
        why="it holds what Bitnami had until then, and is never mended",
        instead="take the project's own image",
        source="https://github.com/bitnami/containers/issues/83267",
    ),
    FrozenImage(
        place="k8s.gcr.io/*",
        since="2023-04-03",
        why="Kubernetes publishes no images here any more",
        instead="write registry.k8s.io",
        source="https://kubernetes.io/blog/2023/02/06/k8s-gcr-io-freeze-announcement/",
    ),
    FrozenImage(
        place="docker.io/pytorch/torchserve*",
        since="2025-08-07",
        why="TorchServe is no longer maintained, and known holes stay open",
        instead="serve with kuplet/kserve or kuplet/vllm",
        source="https://github.com/pytorch/serve#readme",
    ),
)


def frozen(image: str) -> FrozenImage | None:
    """Return what is known against an image; ``None`` for nothing."""
    place = "/".join(home_of(parse_image(image).repository))
    return next((item for item in FROZEN if fnmatchcase(place, item.place)), None)


def check_images(manifests: Sequence[Manifest]) -> Iterator[Finding]:
    """Yield a warning for each such image of a component, once."""
    seen = set()
    for manifest in manifests:
        for path, container in containers_of(manifest):
            image = text_at(container, "image")
            found = frozen(image)
            key = (manifest.origin.component, image)
            if found is None or key in seen:
                continue
            seen.add(key)
            yield Finding(
                rule="image-frozen",
                severity=Severity.WARNING,
                message=f"{manifest.ref}: {image}: {found.why}",
                span=manifest.origin.span,
                component=manifest.origin.component,
                object=str(manifest.ref),
                field=f"{path}.image",
                notes=(f"since {found.since}: {found.source}", manifest.origin.note),
                hint=found.instead,
            )
