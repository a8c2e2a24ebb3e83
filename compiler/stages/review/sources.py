"""Compares what an environment is made of besides its parameters: files, packages, prototypes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from compiler.model.difference import Difference
from compiler.model.package import Package
from compiler.model.review import SourceChange, SourceKind
from compiler.model.source import SourceSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that components read.

    Attributes:
        digest: Of its content.
        readers: Names of the components; empty when it may concern all.
        package: The package that it belongs to, as ``registry/name@version``; empty when it is the
            app's own.
    """

    digest: str
    readers: frozenset[str] = frozenset()
    package: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What one side of an environment is made of.

    Attributes:
        files: By path in the app.
        packages: By ``registry/name``.
        prototypes: The name of each component's prototype, and where the component is declared.
        settings: What else the environment's files say, in words, by name.
    """

    files: Mapping[str, File] = field(default_factory=dict)
    packages: Mapping[str, Package] = field(default_factory=dict)
    prototypes: Mapping[str, tuple[str, SourceSpan | None]] = field(default_factory=dict)
    settings: Mapping[str, tuple[str, SourceSpan | None]] = field(default_factory=dict)


def source_changes(before: Sources, after: Sources) -> tuple[SourceChange, ...]:
    """Return what differs: packages, prototypes, settings, files, each sorted by name."""
    return (
        *_packages(before, after),
        *_words(SourceKind.PROTOTYPE, before.prototypes, after.prototypes),
        *_words(SourceKind.SETTING, before.settings, after.settings),
        *_files(before, after),
    )


def _packages(before: Sources, after: Sources) -> Iterator[SourceChange]:
    for path in sorted({*before.packages, *after.packages}):
        old, new = before.packages.get(path), after.packages.get(path)
        if old and new and old.version == new.version:
            continue
        yield SourceChange(
            kind=SourceKind.PACKAGE,
            name=path,
            difference=_difference(old, new),
            before=old.version if old else "",
            after=new.version if new else "",
            span=new.span if new else None,
        )


def _words(
    kind: SourceKind,
    before: Mapping[str, tuple[str, SourceSpan | None]],
    after: Mapping[str, tuple[str, SourceSpan | None]],
) -> Iterator[SourceChange]:
    """Yield what both sides have and say differently."""
    for name in sorted(before.keys() & after.keys()):
        (old, _), (new, span) = before[name], after[name]
        if old != new:
            yield SourceChange(
                kind=kind,
                name=name,
                difference=Difference.CHANGED,
                before=old,
                after=new,
                span=span,
                components=(name,) if kind is SourceKind.PROTOTYPE else (),
            )


def _files(before: Sources, after: Sources) -> Iterator[SourceChange]:
    """Yield the files that differ; those of a package are not listed when that has changed."""
    both = {""} | {str(item) for item in before.packages.values()} & {
        str(item) for item in after.packages.values()
    }
    for path in sorted({*before.files, *after.files}):
        old, new = before.files.get(path), after.files.get(path)
        sides = [side for side in (old, new) if side]
        if len({side.digest for side in sides}) < len(sides) or sides[0].package not in both:
            continue
        yield SourceChange(
            kind=SourceKind.FILE,
            name=path,
            difference=_difference(old, new),
            span=SourceSpan(path, 1) if new else None,
            components=tuple(sorted(frozenset().union(*(side.readers for side in sides)))),
        )


def _difference(old: object, new: object) -> Difference:
    if old is None:
        return Difference.ADDED
    return Difference.REMOVED if new is None else Difference.CHANGED
