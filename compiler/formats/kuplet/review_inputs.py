"""What a review asks of an app of kuplet without compiling it."""

from dataclasses import dataclass, field

from compiler.formats.kuplet.imported_files import SourceTree
from compiler.formats.kuplet.inputs import (
    component_files_read,
    environment_inputs,
)
from compiler.formats.reviewing import is_used, package_of
from compiler.model.app import App, Environment, Goal, ReviewSettings
from compiler.model.json import JsonObject
from compiler.model.promotion import Promotion
from compiler.model.source import SourceSpan
from compiler.stages.promotion.promotion import promotion_of
from compiler.stages.resolve import resolve
from compiler.stages.review.declared import Declared
from compiler.stages.review.sources import File, Sources


@dataclass(frozen=True, slots=True)
class KupletReviewInputs:
    """The `ReviewInputs` of an app of kuplet."""

    app: App
    _resolved: dict[str, Environment] = field(default_factory=dict)

    @property
    def settings(self) -> ReviewSettings:
        """What it says of reviews."""
        return self.app.review

    def inputs(self, tree: SourceTree, name: str) -> JsonObject:
        """Return all that an environment reads."""
        environment = self._environment(name)
        settings = self._settings(environment)
        words: JsonObject = {key: text for key, (text, _) in settings.items()}
        return {"settings": words, **environment_inputs(environment, tree)}

    def declared(self, name: str) -> Declared:
        """Return what is known of an environment."""
        environment = self._environment(name)
        promotion = promotion_of(self.app, name) or Promotion()
        destination = environment.destination
        return Declared(
            layers=environment.layers,
            components=frozenset(item.name for item in environment.components),
            differs=(*promotion.copies, *promotion.allow),
            place=(destination.context, destination.server, environment.namespace),
            freeze=promotion.freeze,
            freeze_span=promotion.span,
        )

    def sources(self, tree: SourceTree, name: str) -> Sources:
        """Return what an environment is made of besides its parameters."""
        environment = self._environment(name)
        packages = environment.packages
        digests: dict[str, str] = {}
        readers: dict[str, set[str]] = {}
        for item in environment.components:
            for path, found in component_files_read(item, tree).items():
                if is_used(path, packages.values()):
                    digests[path] = found
                    readers.setdefault(path, set()).add(item.name)
        return Sources(
            files={
                path: File(
                    digest=found,
                    readers=frozenset(readers[path]),
                    package=package_of(path, packages.values()),
                )
                for path, found in digests.items()
            },
            packages=packages,
            prototypes={
                item.name: (item.prototype.name, item.span) for item in environment.components
            },
            settings=self._settings(environment),
        )

    def _environment(self, name: str) -> Environment:
        """Resolve an environment, once."""
        if name not in self._resolved:
            self._resolved[name] = resolve(self.app, name)
        return self._resolved[name]

    def _settings(self, environment: Environment) -> dict[str, tuple[str, SourceSpan | None]]:
        """Return what the files of an environment say of it besides components and parameters."""
        found: dict[str, tuple[str, SourceSpan | None]] = {
            "kubernetes": (environment.kubernetes, None),
            "external": (", ".join(sorted(environment.external)), None),
            "sandbox.with": (", ".join(sorted(environment.addons)), None),
        }
        for item in environment.components:
            needs = [
                need.component if need.until is Goal.READY else f"{need.component} ({need.until})"
                for need in item.needs
            ]
            found[f"needs of {item.name}"] = (", ".join(needs), item.span)
        promotion = promotion_of(self.app, environment.name) or Promotion()
        promoted = promotion.promoted
        words = {
            "from": promotion.source,
            "copies": ", ".join(promotion.copies),
            "allow": ", ".join(promotion.allow),
            "freeze": promotion.freeze,
            "promoted": f"{promoted.source} {promoted.revision or '(files)'}" if promoted else "",
        }
        return found | {f"promotion.{key}": (text, promotion.span) for key, text in words.items()}
