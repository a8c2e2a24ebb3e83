"""What is asked of an app, answered for those of ksonnet."""

from dataclasses import dataclass

from compiler.formats.ksonnet.app import KsonnetApp
from compiler.formats.ksonnet.editor import KsonnetEditor
from compiler.formats.ksonnet.render import render_ksonnet
from compiler.formats.ksonnet.resolve import resolve_ksonnet
from compiler.formats.ksonnet.review_inputs import KsonnetReviewInputs
from compiler.formats.ksonnet.views import KsonnetViews
from compiler.formats.kuplet.imported_files import SourceTree
from compiler.formats.options import CompileOptions
from compiler.jsonnet.evaluate import DEFAULT_ENGINE
from compiler.model.app import Environment
from compiler.stages.render import Rendering


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

    @property
    def review(self) -> KsonnetReviewInputs:
        """What a review asks of it."""
        return KsonnetReviewInputs(self.app)

    def resolve(self, name: str) -> Environment:
        """Return an environment with its components and their parameters."""
        return resolve_ksonnet(self.app, name, DEFAULT_ENGINE).environment

    def render(self, name: str, options: CompileOptions) -> Rendering:
        """Resolve an environment and evaluate its components."""
        resolution = resolve_ksonnet(self.app, name, options.engine, options.overrides)
        if options.convert:
            resolution = resolution.for_todays_kubernetes()
        return render_ksonnet(self.app, resolution, options.jsonnet, options.engine)

    def nosy_components(self, environment: Environment, tree: SourceTree) -> frozenset[str]:
        """Return none: every component could read the parameters of others; hardly one does."""
        del environment, tree
        return frozenset()
