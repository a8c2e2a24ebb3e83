"""What a review asks of an app without compiling it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from compiler.formats.kuplet.imported_files import SourceTree
from compiler.model.app import ReviewSettings
from compiler.model.json import JsonValue
from compiler.model.package import Package
from compiler.registry.vendor import VENDOR, vendor_directory

if TYPE_CHECKING:
    from compiler.stages.review.declared import Declared
    from compiler.stages.review.sources import Sources


class ReviewInputs(Protocol):
    """What is known of one app and its files."""

    @property
    def settings(self) -> ReviewSettings:
        """What it says of reviews."""
        ...

    def inputs(self, tree: SourceTree, name: str) -> JsonValue:
        """Return all that an environment reads.

        Raises:
            AppError: It cannot be resolved.
        """
        ...

    def declared(self, name: str) -> "Declared":
        """Return what is known of an environment.

        Raises:
            AppError: It cannot be resolved.
        """
        ...

    def sources(self, tree: SourceTree, name: str) -> "Sources":
        """Return what an environment is made of besides its parameters.

        Raises:
            AppError: It cannot be resolved.
        """
        ...


def is_used(path: str, packages: Iterable[Package]) -> bool:
    """Return whether a file is the app's own, or of a package of the environment.

    Imports are found by name, so those of other versions are found too.
    """
    return not path.startswith(f"{VENDOR}/") or bool(package_of(path, packages))


def package_of(path: str, packages: Iterable[Package]) -> str:
    """Return the package in whose directory a file is; the longest if one contains another."""
    owners = [str(item) for item in packages if path.startswith(f"{vendor_directory(item)}/")]
    return max(owners, key=len, default="")
