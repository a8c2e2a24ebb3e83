"""A registry in a bucket of S3 or MinIO; it looks like a registry in a directory.

Endpoint and credentials come from the environment variables that AWS's own tools read. Without
credentials the bucket must be readable by everybody.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from compiler.errors import ExternalError
from compiler.model.finding import Finding
from compiler.model.package import FetchedPackage, PackageEntry
from compiler.registry.content import MAX_FILE_BYTES, Budget, check_folders
from compiler.registry.index import INDEX, PARTS, entries_of, unknown_package
from compiler.registry.uri import S3Uri
from compiler.stages.words import cause_of

if TYPE_CHECKING:
    from minio import Minio
    from minio.datatypes import Object

_AWS = "https://s3.amazonaws.com"
_TIMEOUT_S = 30.0
_RETRIES = 2


class S3Registry:
    """The packages below a prefix of a bucket."""

    def __init__(self, uri: S3Uri) -> None:
        self._uri = uri

    def packages(self, *, only_listed: bool = True) -> list[PackageEntry]:
        """Return what the registry offers.

        Raises:
            ExternalError: The bucket cannot be read.
        """
        with _client(self._uri) as client:
            top = self._list(client, "", recursive=False)
            names = {_name(item, self._prefix()) for item in top}
            folders = sorted(name.rstrip("/") for name in names if name.endswith("/"))
            index = self._read(client, INDEX) if INDEX in names else None
            parts = {
                folder: self._read(client, f"{folder}/{PARTS}")
                for folder in folders
                if list(self._list(client, f"{folder}/{PARTS}", recursive=False))
            }
        return entries_of(parts, index if only_listed else None)

    def fetch(self, name: str, version: str = "", commit: str = "") -> FetchedPackage:  # noqa: ARG002  only git has commits
        """Return a package.

        Raises:
            UsageError: There is no such package.
            ExternalError: It is refused, or the bucket cannot be read.
        """
        known = self.packages(only_listed=False)
        if not any((entry.name, entry.version) == (name, version) for entry in known):
            raise unknown_package(name, version, known)
        folder = f"{name}@{version}/" if version else f"{name}/"
        budget = Budget(name)
        paths = []
        with _client(self._uri) as client:
            for item in self._list(client, folder, recursive=True):
                path = _name(item, self._prefix() + folder)
                if path.endswith("/") and not item.size:
                    continue  # consoles make such objects to show a folder
                budget.count(path)
                budget.measure(path, item.size or 0)
                paths.append(path)
            check_folders(paths, name)
            content = {path: self._read(client, folder + path) for path in paths}
        return FetchedPackage(version=version, content=content)

    def _prefix(self) -> str:
        return f"{self._uri.prefix}/" if self._uri.prefix else ""

    def _list(self, client: "Minio", below: str, *, recursive: bool) -> Iterator["Object"]:
        prefix = self._prefix() + below
        found: Iterator[Object] = client.list_objects(
            self._uri.bucket, prefix=prefix, recursive=recursive
        )
        return found

    def _read(self, client: "Minio", path: str) -> bytes:
        response = client.get_object(self._uri.bucket, self._prefix() + path)
        try:
            return response.read(MAX_FILE_BYTES)
        finally:
            response.close()
            response.release_conn()


def _name(item: "Object", prefix: str) -> str:
    return (item.object_name or "").removeprefix(prefix)


@contextmanager
def _client(uri: S3Uri) -> Iterator["Minio"]:
    """Give a client; its errors become ours."""
    import minio
    import urllib3

    try:
        yield _connected()
    except (minio.error.MinioException, urllib3.exceptions.HTTPError, ValueError) as error:
        said = [getattr(error, "code", None), getattr(error, "message", None) or cause_of(error)]
        reason = ": ".join(filter(None, said)).partition("\n")[0]
        server = _endpoint().netloc.rpartition("@")[2]
        message = f"cannot read s3://{uri.bucket}/{uri.prefix} at {server}: {reason}"
        hint = "check AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION"
        finding = Finding(rule="registry-unreachable", message=message, hint=hint)
        raise ExternalError(finding) from error


def _endpoint() -> SplitResult:
    said = os.environ.get
    return urlsplit(said("AWS_ENDPOINT_URL_S3") or said("AWS_ENDPOINT_URL") or _AWS)


def _connected() -> "Minio":
    import minio
    import urllib3

    said = os.environ.get
    endpoint = _endpoint()
    return minio.Minio(
        endpoint.netloc,
        access_key=said("AWS_ACCESS_KEY_ID"),
        secret_key=said("AWS_SECRET_ACCESS_KEY"),
        session_token=said("AWS_SESSION_TOKEN"),
        region=said("AWS_REGION") or said("AWS_DEFAULT_REGION"),
        secure=endpoint.scheme != "http",
        http_client=urllib3.PoolManager(timeout=_TIMEOUT_S, retries=urllib3.Retry(_RETRIES)),
    )
