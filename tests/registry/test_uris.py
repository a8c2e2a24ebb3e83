"""What people write as the place of a registry."""

import pytest

from compiler.errors import KupletError
from compiler.registry.uri import (
    DirectoryUri,
    GitUri,
    RegistryUri,
    S3Uri,
    checked_ref,
    parse_uri,
    shown_uri,
)

KUBEFLOW = "https://github.com/kubeflow/kubeflow"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("github.com/kubeflow/kubeflow", GitUri(url=KUBEFLOW)),
        (
            "github.com/kubeflow/kubeflow/tree/v0.5.1/kubeflow",
            GitUri(url=KUBEFLOW, ref="v0.5.1", directory="kubeflow"),
        ),
        (f"{KUBEFLOW}.git", GitUri(url=KUBEFLOW)),
        (
            f"{KUBEFLOW}/blob/master/kubeflow/registry.yaml",
            GitUri(url=KUBEFLOW, ref="master", directory="kubeflow"),
        ),
        (
            "https://git.example.com/ml/parts.git//some/folder?ref=release/1.0",
            GitUri(
                url="https://git.example.com/ml/parts.git",
                ref="release/1.0",
                directory="some/folder",
            ),
        ),
        ("git+https://example.com/parts", GitUri(url="https://example.com/parts")),
        ("ssh://git@example.com/a.git", GitUri(url="ssh://git@example.com/a.git")),
        ("git@example.com:ml/a.git//d", GitUri(url="git@example.com:ml/a.git", directory="d")),
        ("file:///srv/parts.git", GitUri(url="file:///srv/parts.git")),
        ("file:///srv/parts", DirectoryUri(path="/srv/parts")),
        ("../parts", DirectoryUri(path="../parts")),
        ("s3://bucket/a/b/", S3Uri(bucket="bucket", prefix="a/b")),
    ],
)
def test_a_uri_is_read(text: str, expected: RegistryUri) -> None:
    assert parse_uri(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://kubernetes-charts.storage.googleapis.com", "Helm charts are not supported"),
        ("ext::sh -c whoami", "not supported"),
        ("ftp://example.com/a", "not supported"),
        ("--upload-pack=whoami", "no registry"),
        ("https://user:secret@example.com/a.git", "credentials do not belong"),
        ("https://secret@example.com/a.git", "credentials do not belong"),
        ("ssh://git:secret@example.com/a.git", "credentials do not belong"),
        ("s3://key:secret@bucket/a", "credentials do not belong"),
        ("user:secret@github.com/a/b", "not supported"),
        ("https://example.com/a.git?token=secret", "only ?ref="),
        ("ssh://-oProxyCommand=whoami/a.git", "no git repository"),
        ("https://example.com/a.git//../b", "cannot hold . or .."),
        ("https://example.com/a.git?ref=--upload-pack", "cannot be a branch"),
        ("github.com/a/b/tree/-x", "cannot be a branch"),
    ],
)
def test_what_is_dangerous_or_unknown_is_refused_without_showing_secrets(
    text: str, words: str
) -> None:
    with pytest.raises(KupletError) as caught:
        parse_uri(text)
    finding = caught.value.findings[0]
    said = f"{finding.message} {finding.hint}"
    assert words in said
    assert "secret" not in said


@pytest.mark.parametrize("ref", ["-x", "a..b", "a b", "a:b", "a^", "a//b", "", "a/"])
def test_a_ref_that_git_could_misread_is_refused(ref: str) -> None:
    with pytest.raises(KupletError):
        checked_ref(ref)


def test_passwords_are_not_shown() -> None:
    text = "fatal: unable to access 'https://token:x@host/a': ssh://git@host/b"
    assert shown_uri(text) == "fatal: unable to access 'https://***@host/a': ssh://git@host/b"
