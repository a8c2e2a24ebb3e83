"""What is asked of an app, answered for those of kuplet."""

from dataclasses import dataclass

from compiler.formats.kuplet.editor import KupletEditor
from compiler.formats.kuplet.imported_files import SourceTree
from compiler.formats.kuplet.inputs import component_keys
from compiler.formats.kuplet.render import render_app
from compiler.formats.kuplet.review_inputs import KupletReviewInputs
from compiler.formats.kuplet.views import KupletViews
from compiler.formats.options import CompileOptions
from compiler.model.app import App, Environment
from compiler.stages.render import Rendering
from compiler.stages.resolve import resolve


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

    @property
    def review(self) -> KupletReviewInputs:
        """What a review asks of it."""
        return KupletReviewInputs(self.app)

    def resolve(self, name: str) -> Environment:
        """Return an environment with its components and their parameters."""
        return resolve(self.app, name)

    def render(self, name: str, options: CompileOptions) -> Rendering:
        """Resolve an environment and evaluate its components."""
        return render_app(self.app, name, options)

    def nosy_components(self, environment: Environment, tree: SourceTree) -> frozenset[str]:
        """Return the components that may read the parameters of others."""
        names = frozenset(item.name for item in environment.components)
        return names - component_keys(environment, tree).keys()
