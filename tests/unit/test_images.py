import pytest

from compiler.images import image_with_digest, place_of


@pytest.mark.parametrize(
    ("text", "name", "server", "repository", "tag"),
    [
        ("nginx", "nginx", "registry-1.docker.io", "library/nginx", "latest"),
        ("nginx:1.27", "nginx", "registry-1.docker.io", "library/nginx", "1.27"),
        ("team/web:1", "team/web", "registry-1.docker.io", "team/web", "1"),
        ("docker.io/team/web:1", "docker.io/team/web", "registry-1.docker.io", "team/web", "1"),
        ("gcr.io/a/b/c:v1", "gcr.io/a/b/c", "gcr.io", "a/b/c", "v1"),
        ("localhost:5000/web", "localhost:5000/web", "localhost:5000", "web", "latest"),
        ("localhost:5000/web:2", "localhost:5000/web", "localhost:5000", "web", "2"),
    ],
)
def test_an_image_says_where_it_is_served(
    text: str, name: str, server: str, repository: str, tag: str
) -> None:
    place = place_of(text)
    assert (place.name, place.server) == (name, server)
    assert (place.repository, place.tag) == (repository, tag)


def test_an_image_with_a_digest_stays_as_it_is() -> None:
    image = "nginx@sha256:" + 64 * "a"
    assert image_with_digest(image) == image
