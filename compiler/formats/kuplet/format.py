"""What is asked of an app, answered for those of kuplet."""

from dataclasses import dataclass

from compiler.formats.kuplet.editor import KupletEditor
from compiler.formats.kuplet.views import KupletViews
from compiler.model.app import App


@dataclass(frozen=True, slots=True)
class KupletFormat:
    """The `Format` of an app of kuplet."""

    app: App

    @property
    def editor(self) -> KupletEditor:
        """What changes its files."""
        return KupletEditor(self.app)

    @property
    def views(self) -> KupletViews:
        """What the listing commands show of it."""
        return KupletViews(self.app)
