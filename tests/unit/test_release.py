"""What a release records is what is read from it, whatever version of kuplet wrote it."""

from dataclasses import replace

from compiler.model.json import JsonObject
from compiler.model.promotion import Promoted
from compiler.model.release import RecordedParameter, Release, ReleaseStatus
from compiler.stages.release import release_document, release_of, standings
from compiler.stages.release_changes import ReleaseChanges, changes_between
from tests.factories import make_manifest

RELEASE = Release(
    app="demo",
    environment="prod",
    revision=3,
    status=ReleaseStatus.PENDING,
    digest="sha256:ab",
    components=(),
    parameters={
        "board": {
            "size": RecordedParameter(value=1, source="environments/prod.yaml:3"),
            "token": RecordedParameter(value="sha256:ab", source="default", is_secret=True),
        }
    },
    packages={},
    objects=(make_manifest().body,),
    promoted=Promoted(source="staging", revision=12, commit="abc", by="Joe <joe@example.com>"),
)


def test_a_release_reads_as_it_was_written() -> None:
    assert release_of(release_document(RELEASE)) == RELEASE


def test_a_release_of_before_promotions_were_recorded_is_read() -> None:
    document = release_document(RELEASE)
    del document["promoted"]
    assert release_of(document).promoted is None


def test_its_objects_have_identities() -> None:
    (manifest,) = RELEASE.manifests
    assert (str(manifest.ref), manifest.ref.namespace) == ("ConfigMap/config", "test")


def config(component: str, data: str, namespace: str = "test", group: str = "") -> JsonObject:
    """Return an object of a component, all of the same name."""
    api_version = f"{group}/v1" if group else "v1"
    body = make_manifest(namespace=namespace, api_version=api_version, data={"x": data}).body
    labels: JsonObject = {"kuplet.dev/component": component}
    return {**body, "metadata": {"name": component, "namespace": namespace, "labels": labels}}


def release(revision: int, components: tuple[str, ...] = (), **data: str) -> Release:
    """Return a release of components with one parameter and one object each."""
    return replace(
        RELEASE,
        revision=revision,
        components=components,
        parameters={name: {"x": RecordedParameter(value=x, source="")} for name, x in data.items()},
        objects=tuple(config(name, x) for name, x in data.items()),
    )


def named(changes: ReleaseChanges) -> list[str]:
    return [*(item.path for item in changes.parameters), *(name for name, _ in changes.objects)]


def test_what_a_partial_release_did_not_apply_is_not_gone() -> None:
    whole, partial = release(1, api="1", web="1"), release(2, ("web",), web="2")
    for changes in (changes_between(whole, partial), changes_between(partial, whole)):
        assert named(changes) == ["web.x", "ConfigMap/test/web"]
        assert changes.components == ("web",)
    other = changes_between(partial, release(3, ("api",), api="2"))
    assert (named(other), other.summary) == ([], "no component in common")


def test_a_release_changes_what_the_last_one_with_its_components_left() -> None:
    releases = [
        release(5, api="2", web="3"),
        release(4, ("api",), api="2"),
        release(3, ("web",), web="2"),
        release(2, api="1", web="1"),
        release(1, ("api",), api="0"),
    ]
    found = [
        named(changes_between(before, after))
        for before, after in zip(standings(releases), releases, strict=True)
    ]
    assert found == [
        ["web.x", "ConfigMap/test/web"],
        ["api.x", "ConfigMap/test/api"],
        ["web.x", "ConfigMap/test/web"],
        ["api.x", "web.x", "ConfigMap/test/api", "ConfigMap/test/web"],
        ["api.x", "ConfigMap/test/api"],
    ]
    assert standings([]) == []


def test_objects_of_one_name_are_told_apart() -> None:
    places = (("test", ""), ("other", ""), ("test", "example.com"))
    before, after = (
        replace(release(1), objects=tuple(config("web", data, *place) for place in places))
        for data in ("1", "2")
    )
    assert named(changes_between(before, after)) == [
        "ConfigMap/test/web (core)",
        "ConfigMap/other/web",
        "ConfigMap/test/web (example.com)",
    ]
