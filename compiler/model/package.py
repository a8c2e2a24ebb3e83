"""Packages and the registries they come from, as an app names them."""

from collections.abc import Mapping
from dataclasses import dataclass

from compiler.model.source import SourceSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package that an app uses.

    Attributes:
        version: As the app pins it; empty for a registry without versions.
    """

    registry: str
    name: str
    version: str = ""
    span: SourceSpan | None = None

    @property
    def path(self) -> str:
        """How imports begin: ``registry/name``."""
        return f"{self.registry}/{self.name}".lstrip("/")

    def __str__(self) -> str:
        return f"{self.path}@{self.version}" if self.version else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A place that an app takes packages from.

    Attributes:
        uri: As written; it may hold a password that somebody left there, so show `shown_uri`.
        protocol: What an app of ksonnet says of it; empty in apps of kuplet, where the URI decides.
        is_override: Whether ``app.override.yaml`` says it.
    """

    name: str
    uri: str
    protocol: str = ""
    is_override: bool = False
    span: SourceSpan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageEntry:
    """A package that a registry offers.

    Attributes:
        version: What an install would pin; empty for a registry without versions.
    """

    name: str
    version: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedPackage:
    """The content of a package, as a registry gave it.

    Attributes:
        version: What the app pins.
        commit: The commit of a git registry; empty for others.
        branch: The branch that was asked for; an update follows it.
        content: The bytes of each file by its path.
    """

    version: str
    content: Mapping[str, bytes]
    commit: str = ""
    branch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """What ``kuplet.lock`` records of a package.

    Attributes:
        uri: The URI of its registry.
        sha256: Digest of its content.
    """

    uri: str
    sha256: str
    commit: str = ""
    branch: str = ""
