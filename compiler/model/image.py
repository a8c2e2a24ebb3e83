"""The name of a container image and its parts, by Docker's rules."""

from typing import NamedTuple

DOCKER_HUB = "docker.io"
_ALSO_DOCKER_HUB = frozenset({"index.docker.io", "registry-1.docker.io"})


class Image(NamedTuple):
    """The parts of an image's name; an empty one is not there."""

    repository: str
    tag: str
    digest: str


def parse_image(text: str) -> Image:
    """Split ``host:5000/name:tag@sha256:…``."""
    name, _, digest = text.partition("@")
    head, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:  # the colon of a port
        return Image(name, "", digest)
    return Image(head, tag, digest)


def home_of(repository: str) -> tuple[str, str]:
    """Return the server of a repository and its name there: Docker Hub when it names no server."""
    host, _, rest = repository.partition("/")
    if rest and ("." in host or ":" in host or host == "localhost"):
        server, name = DOCKER_HUB if host in _ALSO_DOCKER_HUB else host, rest
    else:
        server, name = DOCKER_HUB, repository
    if server == DOCKER_HUB and "/" not in name:
        name = f"library/{name}"
    return server, name
