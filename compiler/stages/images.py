"""Works out from the pods of a release which digest each of its images has."""

import re
from collections.abc import Iterable, Iterator

from compiler.kinds.pods import containers_of
from compiler.model.image import home_of, parse_image
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.model.release import Digests, Release

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_STATUSES = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")


def written_images(release: Release) -> frozenset[str]:
    """Return the images that the pod templates of a release name without a digest."""
    images = (
        text_at(container, "image")
        for manifest in release.manifests
        for _, container in containers_of(manifest)
    )
    return frozenset(image for image in images if image and "@" not in image)


def image_digests(release: Release, pods: Iterable[JsonObject]) -> Digests:
    """Return what ``pods`` run of each image that a release names.

    Named are those in its pod templates, and those that a parameter hands to a controller whose
    objects kuplet does not know. Pods that are being deleted belong to an earlier release, and
    pods that failed, such as evicted ones, prove nothing.
    """
    values = (item.value for group in release.parameters.values() for item in group.values())
    names = written_images(release).union(value for value in values if isinstance(value, str))
    found: dict[str, dict[str, str]] = {}
    for pod in sorted(pods, key=lambda pod: text_at(pod, "metadata", "name")):
        is_gone = text_at(pod, "metadata", "deletionTimestamp")
        if is_gone or text_at(pod, "status", "phase") == "Failed":
            continue
        for image, digest in _running(pod):
            if image in names and "@" not in image:
                found.setdefault(image, {}).setdefault(digest, text_at(pod, "metadata", "name"))
    return found


def _running(pod: JsonObject) -> Iterator[tuple[str, str]]:
    """Yield the image of each container, as it is written, with its digest where that is known."""
    written = {
        text_at(container, "name"): text_at(container, "image")
        for field in _CONTAINERS
        for container in objects_at(mapping_at(pod, "spec"), field)
    }
    for field in _STATUSES:
        for status in objects_at(mapping_at(pod, "status"), field):
            image = written.get(text_at(status, "name"), "")
            digest = _digest_of(image, text_at(status, "imageID"))
            if digest:
                yield image, digest


def _digest_of(image: str, image_id: str) -> str:
    """Return the digest in an ``imageID``; empty where it is none of the written image.

    A digest alone is that of the image's configuration, by which nobody can pull it. Another
    repository is that of a mirror: whether the written one knows its digests, nobody says.
    """
    found = parse_image(image_id.rpartition("://")[2])  # Docker writes docker-pullable://
    is_same = home_of(found.repository) == home_of(parse_image(image).repository)
    return found.digest if is_same and _DIGEST.fullmatch(found.digest) else ""
