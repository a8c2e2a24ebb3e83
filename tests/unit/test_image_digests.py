"""Which digests pods run: what counts, and what does not."""

import pytest

from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at
from compiler.model.release import RecordedParameter, Release, ReleaseStatus
from compiler.stages.images import image_digests, written_images
from tests.factories import make_pod_owner

A, B = ("sha256:" + 64 * letter for letter in "ab")


def release(*images: str, **parameters: str) -> Release:
    containers = [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]
    return Release(
        app="demo",
        environment="test",
        revision=1,
        status=ReleaseStatus.SUCCEEDED,
        digest="",
        components=(),
        parameters={
            "web": {
                name: RecordedParameter(value=value, source="")
                for name, value in parameters.items()
            }
        },
        packages={},
        objects=(make_pod_owner(pod={"containers": containers}).body,),  # type: ignore[dict-item]
    )


def pod(image: str, image_id: str, name: str = "web-0", **metadata: str) -> JsonObject:
    status: JsonObject = {"name": "main", "image": "whatever:1", "imageID": image_id}
    return {
        "metadata": {"name": name, **metadata},
        "spec": {"containers": [{"name": "main", "image": image}]},
        "status": {"containerStatuses": [status]},
    }


@pytest.mark.parametrize(
    ("image", "image_id", "digest"),
    [
        ("nginx:1", f"docker-pullable://nginx@{A}", A),
        ("nginx:1", f"docker.io/library/nginx@{A}", A),
        ("docker.io/nginx:1", f"index.docker.io/library/nginx@{A}", A),
        ("localhost:5000/web:1", f"localhost:5000/web@{A}", A),
        ("team/web", f"docker.io/team/web@{A}", A),
        ("team/web:1", f"mirror.example.com/team/web@{A}", ""),
        ("nginx:1", A, ""),
        ("nginx:1", f"docker://{A}", ""),
        ("nginx:1", "docker.io/library/nginx@sha256:short", ""),
        ("nginx:1", "", ""),
    ],
)
def test_only_a_digest_of_the_written_repository_counts(
    image: str, image_id: str, digest: str
) -> None:
    found = image_digests(release(image), [pod(image, image_id)])
    assert found == ({image: {digest: "web-0"}} if digest else {})


def test_two_digests_of_one_tag_are_both_kept() -> None:
    pods = [pod("web:1", f"web@{B}", "b"), pod("web:1", f"web@{A}", "a"), pod("web:1", f"web@{A}")]
    assert image_digests(release("web:1"), pods) == {"web:1": {A: "a", B: "b"}}


def test_pods_that_are_being_deleted_or_failed_do_not_count() -> None:
    deleted = pod("web:1", f"web@{A}", deletionTimestamp="2026-01-01T00:00:00Z")
    evicted = pod("web:1", f"web@{A}")
    evicted["status"] = {**mapping_at(evicted, "status"), "phase": "Failed"}
    assert image_digests(release("web:1"), [deleted, evicted]) == {}


def test_only_images_that_the_release_names_are_of_interest() -> None:
    foreign = [pod("other:1", f"other@{A}")]
    assert image_digests(release("web:1"), foreign) == {}
    assert image_digests(release("web:1", image="other:1"), foreign) == {"other:1": {A: "web-0"}}


def test_init_containers_run_images_too() -> None:
    body = pod("web:1", f"web@{A}")
    moved: JsonObject = {
        **body,
        "spec": {"initContainers": [{"name": "main", "image": "web:1"}]},
        "status": {"initContainerStatuses": [{"name": "main", "imageID": f"web@{A}"}]},
    }
    assert image_digests(release("web:1"), [moved]) == {"web:1": {A: "web-0"}}


def test_an_image_with_a_digest_needs_none() -> None:
    pinned = f"web:1@{B}"
    assert written_images(release("web:1", pinned)) == {"web:1"}
    assert image_digests(release(pinned), [pod(pinned, f"web@{B}")]) == {}
