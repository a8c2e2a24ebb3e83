"""What the listing commands show of an app."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

Row: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows, and what their columns are called."""

    columns: Row
    rows: Iterable[Row]


class AppViews(Protocol):
    """What one app shows; each format lists what its apps have."""

    def environments(self) -> Table:
        """Return the environments that can be applied."""
        ...

    def environment_lines(self, name: str) -> list[str]:
        """Return what only this format's environments have."""
        ...

    def components(self, module: str | None) -> Table:
        """Return all components, or those of a module of an app of ksonnet.

        Raises:
            UsageError: There is no such module.
        """
        ...

    def components_of_module(self, module: str) -> set[str]:
        """Return the names of a module's components.

        Raises:
            UsageError: There is no such module.
        """
        ...

    def modules(self, environment: str | None) -> Table:
        """Return the modules of the app, or those that an environment renders.

        Raises:
            UsageError: Apps of this format have none.
        """
        ...

    def parameter_names(self, component: str) -> Iterable[str]:
        """Return the parameters that a component has: declared, or set somewhere."""
        ...

    def parameters(self, *, defaults: bool) -> Iterable[Row]:
        """Return component, name, value and place of what the files set, the shared one first.

        Args:
            defaults: Whether to return the defaults as well that the shared file leaves.
        """
        ...
