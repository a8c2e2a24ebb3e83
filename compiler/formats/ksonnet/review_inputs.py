"""What a review asks of an app of ksonnet without compiling it."""

from dataclasses import dataclass

from compiler.formats.ksonnet.app import PARAMS, KsonnetApp, KsonnetEnvironment
from compiler.formats.ksonnet.modules import component_files, module_directory
from compiler.formats.ksonnet.packages import libraries_of
from compiler.formats.kuplet.imported_files import SourceTree
from compiler.formats.reviewing import is_used, package_of
from compiler.model.app import ReviewSettings
from compiler.model.json import JsonObject
from compiler.stages.review.declared import Declared
from compiler.stages.review.sources import File, Sources


@dataclass(frozen=True, slots=True)
class KsonnetReviewInputs:
    """The `ReviewInputs` of an app of ksonnet."""

    app: KsonnetApp

    @property
    def settings(self) -> ReviewSettings:
        """Return none: an app of ksonnet has no place for them."""
        return ReviewSettings()

    def inputs(self, tree: SourceTree, name: str) -> JsonObject:
        """Return all that an environment reads.

        Parameters of ksonnet are programs: their files are looked at, not what they evaluate to.
        """
        settings = self.app.environments[name]
        destination = settings.destination
        packages = libraries_of(self.app, settings)
        return {
            "environment": [
                self.app.name,
                name,
                settings.path,
                settings.kubernetes,
                *settings.modules,
            ],
            "destination": [destination.server, destination.namespace] if destination else None,
            "packages": {path: str(item) for path, item in packages.items()},
            "files": dict(tree.digests({}, _files(self.app, settings))),
        }

    def declared(self, name: str) -> Declared:
        """Return what is known of an environment."""
        settings = self.app.environments[name]
        names = frozenset(item.name for item in component_files(self.app, settings.modules))
        destination = settings.destination
        return Declared(
            layers=(*settings.modules, name),
            components=names,
            place=("", destination.server, destination.namespace) if destination else ("", "", ""),
        )

    def sources(self, tree: SourceTree, name: str) -> Sources:
        """Return what an environment is made of besides its parameters.

        Files of parameters are no sources: what changes in them is shown as parameters.
        """
        settings = self.app.environments[name]
        packages = libraries_of(self.app, settings)
        digests = tree.digests({}, _files(self.app, settings))
        return Sources(
            files={
                path: File(digest=found, package=package_of(path, packages.values()))
                for path, found in digests.items()
                if not path.endswith(f"/{PARAMS}") and is_used(path, packages.values())
            },
            packages=packages,
        )


def _files(app: KsonnetApp, settings: KsonnetEnvironment) -> list[str]:
    return [
        f"{settings.directory}/main.jsonnet",
        f"{settings.directory}/{PARAMS}",
        *(f"{module_directory(module)}/{PARAMS}" for module in settings.modules),
        *(item.file for item in component_files(app, settings.modules)),
    ]
