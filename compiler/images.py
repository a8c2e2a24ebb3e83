"""Asks image registries which digest a tag has, by the API that they all speak (OCI distribution).

Only images that anybody may pull: there are no credentials.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compiler.errors import ExternalError
from compiler.model.finding import Finding
from compiler.model.image import DOCKER_HUB, home_of, parse_image
from compiler.stages.words import cause_of

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

_MANIFEST_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_DOCKER_HUB = "registry-1.docker.io"  # what serves docker.io
_LOCAL = ("localhost", "127.0.0.1")  # without TLS, as Docker treats them
_TIMEOUT_S = 20
_OK = 200
_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class ImagePlace:
    """Where an image is served.

    Attributes:
        name: What stands before the tag, as it was written.
    """

    name: str
    server: str
    repository: str
    tag: str


def image_with_digest(text: str) -> str:
    """Return an image with the digest of its tag in the tag's place.

    Raises:
        ExternalError: Its registry does not answer, or does not say.
    """
    from urllib3 import PoolManager
    from urllib3.exceptions import HTTPError

    if "@" in text:
        return text
    image = place_of(text)
    try:
        response = _manifest(PoolManager(timeout=_TIMEOUT_S), image)
    except HTTPError as error:
        raise _failure(text, f"{image.server} does not answer: {cause_of(error)}") from error
    digest = response.headers.get("Docker-Content-Digest")
    if response.status != _OK or not digest:
        raise _failure(text, f"{image.server} answers {response.status} {response.reason}")
    return f"{image.name}@{digest}"


def place_of(text: str) -> ImagePlace:
    """Return where an image is served: by Docker's rules, so Docker Hub when it names no server."""
    image = parse_image(text)
    host, repository = home_of(image.repository)
    server = _DOCKER_HUB if host == DOCKER_HUB else host
    return ImagePlace(image.repository, server, repository, image.tag or "latest")


def _manifest(http: "PoolManager", image: ImagePlace) -> "BaseHTTPResponse":
    """Ask for a tag's manifest; a registry that wants a token says where to get one."""
    scheme = "http" if image.server.partition(":")[0] in _LOCAL else "https"
    url = f"{scheme}://{image.server}/v2/{image.repository}/manifests/{image.tag}"
    headers = {"Accept": ", ".join(_MANIFEST_TYPES)}
    response = http.request("HEAD", url, headers=headers)
    challenge = dict(_CHALLENGE.findall(response.headers.get("WWW-Authenticate", "")))
    realm = challenge.pop("realm", "")
    if response.status != _UNAUTHORIZED or not realm:
        return response
    answer = http.request("GET", realm, fields=challenge)
    if answer.status != _OK:
        return response
    found = answer.json()
    token = found.get("token") or found.get("access_token") or ""
    return http.request("HEAD", url, headers={**headers, "Authorization": f"Bearer {token}"})


def _failure(image: str, reason: str) -> ExternalError:
    message = f'cannot find the digest of "{image}": {reason}'
    hint = "check the name, or write the digest yourself: NAME@sha256:…"
    return ExternalError(Finding(rule="image-unresolved", message=message, hint=hint))
