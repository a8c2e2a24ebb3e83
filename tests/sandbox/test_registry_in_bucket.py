"""A registry in a bucket of a real MinIO server."""

import io
from collections.abc import Iterator
from pathlib import Path

import minio
import pytest

from compiler.sandbox.object_store import ObjectStore
from tests.registry.places import AppDirectory, new_app, write_package
from tests.sandbox.cluster import Cluster

pytestmark = pytest.mark.cluster

BUCKET = "registry"


@pytest.fixture
def client(with_minio: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[minio.Minio]:
    store = with_minio.sandbox.object_store
    assert store is not None
    client = _client(store)
    client.make_bucket(BUCKET)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{store.endpoint}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", store.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", store.secret_key)
    yield client
    for item in client.list_objects(BUCKET, recursive=True):
        client.remove_object(BUCKET, item.object_name or "")
    client.remove_bucket(BUCKET)


@pytest.fixture
def app(client: minio.Minio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppDirectory:
    monkeypatch.setenv("KUPLET_CACHE_DIR", str(tmp_path / "cache"))
    for folder, text in (("core", "newest"), ("core@1.0", "old")):
        _upload(client, tmp_path / "parts" / folder, folder, text)
    app = new_app(tmp_path)
    app.run("registry", "add", "store", f"s3://{BUCKET}/ml")
    return app


def test_packages_come_from_a_bucket(app: AppDirectory, client: minio.Minio) -> None:
    assert "core@1.0: The core." in app.run("registry", "describe", "store").stdout
    app.run("pkg", "install", "store/core@1.0")
    app.run("generate", "store-core", "hub")
    assert app.objects("staging")["hub"]["text"] == "old"
    app.run("pkg", "install", "store/core")
    assert app.objects("staging")["hub"]["text"] == "newest"
    _upload(client, app.root.parent / "parts/core", "core", "later")
    assert "+  text: later" in app.run("pkg", "update", "--yes").stdout
    app.run("pkg", "verify")
    assert app.vendored() == ["store/core"]


def test_a_key_that_leads_outside_is_refused(app: AppDirectory, client: minio.Minio) -> None:
    _put(client, "ml/core/a", b"1")
    _put(client, "ml/core/b\\c", b"2")
    refused = app.fails("pkg", "install", "store/core")
    assert (refused.code, "error[package-refused]" in refused.stderr) == (3, True)
    assert app.vendored() == []


def test_wrong_credentials_are_not_shown(
    app: AppDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "precious-secret")
    failed = app.fails("registry", "describe", "store")
    assert (failed.code, "SignatureDoesNotMatch" in failed.stderr) == (3, True)
    assert "precious-secret" not in failed.stderr + failed.stdout
    assert "AWS_ENDPOINT_URL_S3" in failed.stderr


def test_a_server_that_is_gone_is_a_finding(
    app: AppDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    failed = app.fails("pkg", "install", "store/core")
    assert (failed.code, "error[registry-unreachable]" in failed.stderr) == (3, True)
    assert "at 127.0.0.1:9: " in failed.stderr
    assert "Connection refused" in failed.stderr


def _client(store: ObjectStore) -> minio.Minio:
    return minio.Minio(
        store.endpoint, access_key=store.access_key, secret_key=store.secret_key, secure=False
    )


def _upload(client: minio.Minio, directory: Path, folder: str, text: str) -> None:
    write_package(directory, "store", "core", "store-core", text=text)
    for path in directory.rglob("*"):
        if path.is_file():
            name = path.relative_to(directory).as_posix()
            _put(client, f"ml/{folder}/{name}", path.read_bytes())


def _put(client: minio.Minio, key: str, data: bytes) -> None:
    client.put_object(BUCKET, key, io.BytesIO(data), len(data))
