"""Reads manifests that somebody else wrote, to become components of an app."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from compiler.errors import AppError, UsageError
from compiler.formats.kuplet.component_source import checked_json
from compiler.formats.kuplet.exported import without_exported
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at
from compiler.model.secret import GENERATE, is_secret
from compiler.text.files import read_text
from compiler.text.yaml_source import YamlDocument, read_manifests, read_yaml

STDIN = "-"
_SUFFIXES = {".yaml": ".yaml", ".yml": ".yaml", ".json": ".json", ".jsonnet": ".jsonnet"}
_MAX_ENTRIES = 10_000
_DOCUMENT_START = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestFile:
    """A file of manifests.

    Attributes:
        name: What a component made of it is called.
        origin: Where it was read, for people.
        suffix: ``.yaml``, ``.json`` or ``.jsonnet``.
        objects: What is in it; nothing is known of a ``.jsonnet`` file.
        stripped: The fields that were taken out, because only a live object has them.
    """

    name: str
    origin: str
    suffix: str
    text: str
    objects: tuple[JsonObject, ...]
    stripped: tuple[str, ...] = ()


def read_manifest_files(place: str, stdin: str, name: str | None = None) -> list[ManifestFile]:
    """Read a file, the files of a directory, or standard input.

    Args:
        place: A path, or ``-`` for what ``stdin`` holds.
        name: The name of the component, if there is one file.

    Raises:
        UsageError: There is nothing at that place, or ``name`` would have to name several.
        AppError: With everything that is wrong with the files.
    """
    if place == STDIN:
        return [_file(STDIN, ".yaml", stdin, name)]
    path = Path(place)
    if "://" in place or not path.exists():
        hint = f"curl -fsSL {place} | kuplet import -f -" if "://" in place else ""
        raise _nothing(f'there is no file or directory "{place}"', hint)
    if not path.is_dir():
        return [_read(path, name)]
    paths = sorted(_manifests_in(path))
    if not paths:
        raise _nothing(f'no .yaml, .yml, .json or .jsonnet file in "{place}"')
    if name and len(paths) > 1:
        raise _nothing(f"--name cannot name {len(paths)} components")
    return _all_read(paths, name, path)


def one_object_each(file: ManifestFile) -> list[ManifestFile]:
    """Take a file of several documents apart; comments stay with the document they stand in.

    What was left out of the file is said of the first.
    """
    if file.suffix != ".yaml":
        return [file]
    texts = [text.lstrip("\n") for text in _DOCUMENT_START.split(file.text)]
    found = []
    for text in texts:
        documents = read_manifests(text, file.origin)
        if documents:
            found.append(_named_by_object(file, text, documents))
    if len(found) == 1:
        return [file]
    return [replace(found[0], stripped=file.stripped), *found[1:]] if found else found


def import_findings(files: Sequence[ManifestFile]) -> Iterator[Finding]:
    """Say what deserves a second look: definitions, and Secrets that are now in the app's files."""
    for file in files:
        if file.stripped:
            yield Finding(
                rule="import-exported",
                severity=Severity.NOTE,
                message=f"left out of {file.name}: {', '.join(file.stripped)}",
                component=file.name,
                hint="the API server writes that, and refuses or ignores what an app says of it",
            )
        for body in file.objects:
            kind, name = text_at(body, "kind"), text_at(body, "metadata", "name")
            if kind == "CustomResourceDefinition":
                yield Finding(
                    rule="import-definition",
                    severity=Severity.NOTE,
                    message=f"{kind}/{name} defines a kind for the whole cluster",
                    component=file.name,
                    hint="objects of that kind wait for it; take care that only one app has it",
                )
            elif is_secret(body) and (body.get("data") or body.get("stringData")):
                yield Finding(
                    rule="import-secret",
                    severity=Severity.WARNING,
                    message=f"Secret/{name} has its values in the app's files now, for all to read",
                    component=file.name,
                    hint=f'remove the values and let the cluster make them up ("{GENERATE}"), or'
                    f" leave the Secret to somebody else: external: [Secret/{name}]",
                )


def _manifests_in(directory: Path) -> Iterator[Path]:
    """Yield what looks like a file of manifests; what is no plain file is refused later."""
    entries = list(islice(directory.iterdir(), _MAX_ENTRIES + 1))
    if len(entries) > _MAX_ENTRIES:
        raise _nothing(
            f'"{directory}" holds more than {_MAX_ENTRIES:,} files', "copy what is meant"
        )
    yield from (item for item in entries if item.suffix in _SUFFIXES and not item.is_dir())


def _all_read(paths: Sequence[Path], name: str | None, directory: Path) -> list[ManifestFile]:
    files: list[ManifestFile] = []
    findings: list[Finding] = []
    for path in paths:
        try:
            files.append(_read(path, name, directory))
        except AppError as error:
            findings += error.findings
    if findings:
        raise AppError(*findings)
    return files


def _read(path: Path, name: str | None, directory: Path | None = None) -> ManifestFile:
    """Read a file; one of a directory must lie in it."""
    suffix = _SUFFIXES.get(path.suffix, ".yaml")
    text = read_text(path, str(path), directory)
    return _file(str(path), suffix, text, name or _slug(path.stem))


def _file(origin: str, suffix: str, text: str, name: str | None) -> ManifestFile:
    objects = () if suffix == ".jsonnet" else tuple(_objects(origin, suffix, text))
    text, stripped = without_exported(text, suffix, origin)
    return ManifestFile(
        name=name or _object_name(objects),
        origin=origin,
        suffix=suffix,
        text=text,
        objects=objects,
        stripped=stripped,
    )


def _objects(origin: str, suffix: str, text: str) -> Iterator[JsonObject]:
    """Yield the objects of a file, those of Lists too.

    Raises:
        AppError: It holds none, or something that is no object.
    """
    if suffix == ".json":
        documents = [read_yaml(checked_json(text, origin), origin)]
    else:
        documents = read_manifests(text, origin)
    if not documents:
        message = f'"{origin}" holds no objects'
        raise AppError(Finding(rule="import-empty", message=message))
    for document in documents:
        value = document.value
        for key in ("apiVersion", "kind"):
            if not text_at(value, key):
                message = f'this is no Kubernetes object: it has no "{key}"'
                span = document.spans[()]
                raise AppError(Finding(rule="import-no-object", message=message, span=span))
        is_list = text_at(value, "kind") == "List"
        yield from objects_at(value, "items") if is_list else [mapping_at(value)]


def _named_by_object(
    file: ManifestFile, text: str, documents: Sequence[YamlDocument]
) -> ManifestFile:
    objects = tuple(mapping_at(document.value) for document in documents)
    return ManifestFile(
        name=_object_name(objects),
        origin=file.origin,
        suffix=file.suffix,
        text=text,
        objects=objects,
    )


def _object_name(objects: Sequence[JsonObject]) -> str:
    """Return a name made of the first object's kind and name."""
    first = objects[0] if objects else {}
    return _slug(f"{text_at(first, 'kind')}-{text_at(first, 'metadata', 'name')}")


def _slug(text: str) -> str:
    return _NOT_IN_NAMES.sub("-", text.lower())[:63].strip("-")


def _nothing(message: str, hint: str = "") -> UsageError:
    return UsageError(Finding(rule="import-place", message=message, hint=hint))
