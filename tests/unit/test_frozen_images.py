"""Images that nobody renews are named, with a date and a source."""

from datetime import date

import pytest

from compiler.stages.validate.frozen_images import FROZEN, check_images, frozen
from tests.factories import make_manifest


@pytest.mark.parametrize(
    ("image", "place"),
    [
        ("quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z", "quay.io/minio/*"),
        ("minio/mc", "docker.io/minio/*"),
        ("docker.io/bitnami/redis@sha256:" + "0" * 64, "docker.io/bitnami/*"),
        ("index.docker.io/bitnamilegacy/redis:7", "docker.io/bitnamilegacy/*"),
        ("k8s.gcr.io/pause:3.1", "k8s.gcr.io/*"),
        ("pytorch/torchserve-kfs:0.12.0", "docker.io/pytorch/torchserve*"),
        ("registry.example.com/minio/minio:1", ""),
        ("pytorch/pytorch:2.13.0", ""),
        ("redis", ""),
        ("", ""),
    ],
)
def test_an_image_is_known_by_its_repository(image: str, place: str) -> None:
    found = frozen(image)
    assert (found.place if found else "") == place


def test_every_row_has_a_day_and_a_source() -> None:
    for item in FROZEN:
        assert date.fromisoformat(item.since) <= date(2026, 11, 30)
        assert item.source.startswith("https://")


def test_an_image_is_named_once_a_component() -> None:
    containers = [{"name": name, "image": "minio/minio:1"} for name in "ab"]
    pods = [
        make_manifest("Pod", name, component=component, spec={"containers": containers})
        for name, component in (("x", "one"), ("y", "one"), ("z", "two"))
    ]
    found = list(check_images(pods))
    assert [item.component for item in found] == ["one", "two"]
    assert found[0].field == "spec.containers[a].image"
    assert "since 2026-09-12" in found[0].notes[0]
