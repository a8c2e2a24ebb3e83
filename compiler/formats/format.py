"""The two formats of apps, and what is asked of each."""

from typing import Protocol, TypeAlias

from compiler.formats.editing import AppEditor
from compiler.formats.ksonnet.app import KsonnetApp
from compiler.formats.kuplet.imported_files import SourceTree
from compiler.formats.options import CompileOptions
from compiler.formats.reviewing import ReviewInputs
from compiler.formats.views import AppViews
from compiler.model.app import App, Environment
from compiler.stages.render import Rendering

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

    @property
    def review(self) -> ReviewInputs:
        """What a review asks of it."""
        ...

    def resolve(self, name: str) -> Environment:
        """Return an environment with its components and their parameters; nothing is rendered.

        Raises:
            AppError: What the files say of it is wrong.
        """
        ...

    def render(self, name: str, options: CompileOptions) -> Rendering:
        """Resolve an environment and evaluate its components.

        After this nothing but the environment's dialect tells the formats apart.

        Raises:
            AppError: What the files say of it is wrong, or a component cannot be evaluated.
            UsageError: An option is for apps of the other format.
        """
        ...

    def nosy_components(self, environment: Environment, tree: SourceTree) -> frozenset[str]:
        """Return the components that may read the parameters of others."""
        ...
