"""What is asked of an app, answered for those of ksonnet."""

from dataclasses import dataclass

from compiler.formats.ksonnet.app import KsonnetApp
from compiler.formats.ksonnet.editor import KsonnetEditor
from compiler.formats.ksonnet.views import KsonnetViews


@dataclass(frozen=True, slots=True)
class KsonnetFormat:
    """The `Format` of an app of ksonnet."""

    app: KsonnetApp

    @property
    def editor(self) -> KsonnetEditor:
        """What changes its files."""
        return KsonnetEditor(self.app)

    @property
    def views(self) -> KsonnetViews:
        """What the listing commands show of it."""
        return KsonnetViews(self.app)
