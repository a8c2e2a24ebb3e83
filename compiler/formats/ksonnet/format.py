"""What is asked of an app, answered for those of ksonnet.

What few commands ask for is imported when they ask, so that not every start pays for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from compiler.formats.editing import AppEditor
from compiler.formats.format import Expected, FilesRead
from compiler.formats.ksonnet.app import COMPONENTS, NO_ENVIRONMENT, KsonnetApp
from compiler.formats.ksonnet.packages import imports_of, used_packages
from compiler.formats.ksonnet.render import render_ksonnet
from compiler.formats.ksonnet.resolve import resolve_ksonnet
from compiler.formats.kuplet.imported_files import SourceTree
from compiler.formats.options import CompileOptions
from compiler.formats.packaged_app import EVERYWHERE, PackagedApp
from compiler.formats.reviewing import ReviewInputs
from compiler.formats.views import AppViews
from compiler.jsonnet.evaluate import DEFAULT_ENGINE
from compiler.model.app import Environment
from compiler.model.finding import Finding
from compiler.model.jsonnet import JsonnetOptions
from compiler.model.package import Package
from compiler.stages.render import Rendering


@dataclass(frozen=True, slots=True)
class KsonnetFormat:
    """The `Format` of an app of ksonnet."""

    app: KsonnetApp

    @property
    def editor(self) -> AppEditor:
        """What changes its files."""
        from compiler.formats.ksonnet.editor import KsonnetEditor

        return KsonnetEditor(self.app)

    @property
    def views(self) -> AppViews:
        """What the listing commands show of it."""
        from compiler.formats.ksonnet.views import KsonnetViews

        return KsonnetViews(self.app)

    @property
    def review(self) -> ReviewInputs:
        """What a review asks of it."""
        from compiler.formats.ksonnet.review_inputs import KsonnetReviewInputs

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

    def files_read(self, name: str, tree: SourceTree) -> FilesRead:
        """Return what an environment may read of the app."""
        from compiler.formats.ksonnet.files_read import files_read

        return files_read(self.app, name, tree)

    def files_of_others(self, name: str) -> tuple[str, ...]:
        """Return none: loading reads what concerns all environments."""
        del name
        return ()

    @property
    def difference_code(self) -> int:
        """What ``diff`` exits with when something differs: what scripts around ks diff wait for."""
        return 10

    def expected(self, first: str, second: str) -> Expected:
        """Return nothing: the files have no place to declare it."""
        del first, second
        return Expected(app=self.app)

    def promotion(self, name: str) -> None:
        """Return nothing: the files have no place for it."""
        del name

    def file_findings(self) -> Iterable[Finding]:
        """Return nothing: it keeps no definitions."""
        return ()

    def promotion_findings(self, name: str) -> Iterable[Finding]:
        """Return nothing: the files have no place for it."""
        del name
        return ()

    def packaged(self) -> PackagedApp:
        """Return what it says of packages."""
        from compiler.formats.ksonnet.edit_packages import KsonnetPackages

        scoped = {name: item.libraries for name, item in sorted(self.app.environments.items())}
        return PackagedApp(
            root=self.app.root,
            registries=self.app.registries,
            scopes={EVERYWHERE: self.app.libraries, **scoped},
            files=KsonnetPackages(self.app.root, self.app.version),
            sources=frozenset({COMPONENTS}),
        )

    def used_packages(self) -> list[Package]:
        """Return all packages; those of the whole app last, so that they win."""
        return used_packages(self.app)

    def preview_imports(self) -> JsonnetOptions:
        """Return the imports with which a prototype is tried out."""
        found = imports_of(self.app, NO_ENVIRONMENT)
        return JsonnetOptions(search=found.library, files=found.files, aliases=found.aliases)
