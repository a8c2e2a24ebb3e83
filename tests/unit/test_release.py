"""What a release records is what is read from it, whatever version of kuplet wrote it."""

from compiler.model.promotion import Promoted
from compiler.model.release import Release, ReleaseStatus
from compiler.stages.release import release_document, release_of
from tests.factories import make_manifest

RELEASE = Release(
    app="demo",
    environment="prod",
    revision=3,
    status=ReleaseStatus.PENDING,
    digest="sha256:ab",
    components=(),
    parameters={"board": {}},
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
