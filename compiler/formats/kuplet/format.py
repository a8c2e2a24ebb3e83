"""What is asked of an app, answered for those of kuplet.

What few commands ask for is imported when they ask, so that not every start pays for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compiler.formats.format import Expected, FilesRead
from compiler.formats.kuplet.definitions import SCHEMAS
from compiler.formats.kuplet.load import APP_FILE, ENVIRONMENTS, own_sources, used_packages
from compiler.formats.kuplet.lock import LOCK_FILE
from compiler.model.app import App, Environment
from compiler.model.finding import Finding
from compiler.model.package import Package
from compiler.model.promotion import Promotion
from compiler.stages.resolve import layers_of, placed_like, resolve

if TYPE_CHECKING:
    from compiler.formats.editing import AppEditor
    from compiler.formats.kuplet.imported_files import SourceTree
    from compiler.formats.options import CompileOptions
    from compiler.formats.packaged_app import PackagedApp
    from compiler.formats.reviewing import ReviewInputs
    from compiler.formats.views import AppViews
    from compiler.model.jsonnet import JsonnetOptions
    from compiler.stages.render import Rendering


@dataclass(frozen=True, slots=True)
class KupletFormat:
    """The `Format` of an app of kuplet."""

    app: App

    @property
    def editor(self) -> "AppEditor":
        """What changes its files."""
        from compiler.formats.kuplet.editor import KupletEditor

        return KupletEditor(self.app)

    @property
    def views(self) -> "AppViews":
        """What the listing commands show of it."""
        from compiler.formats.kuplet.views import KupletViews

        return KupletViews(self.app)

    @property
    def review(self) -> "ReviewInputs":
        """What a review asks of it."""
        from compiler.formats.kuplet.review_inputs import KupletReviewInputs

        return KupletReviewInputs(self.app)

    def resolve(self, name: str) -> Environment:
        """Return an environment with its components and their parameters."""
        return resolve(self.app, name)

    def render(self, name: str, options: "CompileOptions") -> "Rendering":
        """Resolve an environment and evaluate its components."""
        from compiler.formats.kuplet.render import render_app

        return render_app(self.app, name, options)

    def nosy_components(self, environment: Environment, tree: "SourceTree") -> frozenset[str]:
        """Return the components that may read the parameters of others."""
        from compiler.formats.kuplet.inputs import component_keys

        names = frozenset(item.name for item in environment.components)
        return names - component_keys(environment, tree).keys()

    def files_read(self, name: str, tree: "SourceTree") -> FilesRead:
        """Return what an environment may read of the app."""
        from compiler.formats.kuplet.inputs import component_files_read

        environment = resolve(self.app, name)
        layers = (f"{ENVIRONMENTS}/{layer}.yaml" for layer in environment.layers)
        return FilesRead(
            by_all=frozenset({*layers, APP_FILE, LOCK_FILE, f"{SCHEMAS}/"}),
            by_component={
                item.name: component_files_read(item, tree) for item in environment.components
            },
            nosy=self.nosy_components(environment, tree),
        )

    def files_of_others(self, name: str) -> list[str]:
        """Return the files of the environments that are no layer of it."""
        layers = {file.name for file in layers_of(self.app, name)}
        return [f"{ENVIRONMENTS}/{other}.yaml" for other in self.app.environments.keys() - layers]

    @property
    def difference_code(self) -> int:
        """What ``diff`` exits with when something differs: 1, like kubectl."""
        return 1

    def expected(self, first: str, second: str) -> Expected:
        """Return in what two environments are to differ.

        Their own namespaces stand in more than metadata: prototypes write them where they must.
        """
        from compiler.stages.promotion.promotion import allowed_components, allowed_overrides

        sides = [resolve(self.app, name) for name in (first, second)]
        return Expected(
            app=placed_like(self.app, second, sides[0]),
            overrides=allowed_overrides(self.app, *sides),
            components=allowed_components(self.app, *sides),
        )

    def promotion(self, name: str) -> Promotion | None:
        """Return what an environment says of promotion."""
        from compiler.stages.promotion.promotion import promotion_of

        return promotion_of(self.app, name)

    def file_findings(self) -> Iterator[Finding]:
        """Return what is wrong with the definitions that the app keeps."""
        from compiler.stages.validate.definitions import check_definitions

        return check_definitions(self.app.definitions)

    def promotion_findings(self, name: str) -> Iterator[Finding]:
        """Yield what is wrong with that."""
        from compiler.stages.promotion.names import check_promotion

        return check_promotion(self.app, name)

    def packaged(self) -> "PackagedApp":
        """Return what it says of packages."""
        from compiler.formats.kuplet.edit_packages import AppPackages
        from compiler.formats.packaged_app import EVERYWHERE, PackagedApp

        scoped = {name: item.packages for name, item in sorted(self.app.environments.items())}
        return PackagedApp(
            root=self.app.root,
            registries=self.app.registries,
            scopes={EVERYWHERE: self.app.packages, **scoped},
            files=AppPackages(self.app.root),
            sources=own_sources(self.app),
        )

    def used_packages(self) -> list[Package]:
        """Return all packages; those of the whole app last, so that they win."""
        return used_packages(self.app)

    def preview_imports(self) -> "JsonnetOptions":
        """Return the imports with which a prototype is tried out."""
        from compiler.formats.package_imports import package_imports

        packages = {package.path: package for package in self.used_packages()}
        return package_imports(self.app.root, packages)
