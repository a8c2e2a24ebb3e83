"""The MinIO server of a sandbox."""

import minio
import pytest

from tests.sandbox.cluster import Cluster

pytestmark = pytest.mark.cluster


def test_objects_can_be_stored(with_minio: Cluster) -> None:
    store = with_minio.sandbox.object_store
    assert store is not None
    client = minio.Minio(
        store.endpoint,
        access_key=store.access_key,
        secret_key=store.secret_key,
        secure=False,
    )
    client.make_bucket("models")
    assert [bucket.name for bucket in client.list_buckets()] == ["models"]
    credentials = with_minio.sandbox.status().directory / "minio.json"
    assert credentials.stat().st_mode & 0o777 == 0o600


def test_without_the_server_there_is_no_store(cluster: Cluster) -> None:
    assert cluster.sandbox.object_store is None
