"""The two formats of apps, and what is asked of each."""

from typing import Protocol, TypeAlias

from compiler.formats.editing import AppEditor
from compiler.formats.ksonnet.app import KsonnetApp
from compiler.formats.views import AppViews
from compiler.model.app import App

AnyApp: TypeAlias = App | KsonnetApp


class Format(Protocol):
    """One app, and what its format makes of it."""

    @property
    def editor(self) -> AppEditor:
        """What changes its files."""
        ...

    @property
    def views(self) -> AppViews:
        """What the listing commands show of it."""
        ...
