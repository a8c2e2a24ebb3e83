"""What the commands that change an app's files ask of the editor of its format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from compiler.errors import UsageError
from compiler.model.app import EnvironmentSettings, Need
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.prototype import Prototype

if TYPE_CHECKING:
    from compiler.formats.kuplet.manifest_files import ManifestFile


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterTarget:
    """Which parameter a command means.

    Attributes:
        component: ``None`` for a parameter that all components get; only apps of ksonnet have such.
        environment: ``None`` for all environments.
        module: A module of an app of ksonnet.
    """

    name: str
    component: str | None = None
    environment: str | None = None
    module: str | None = None

    def __str__(self) -> str:
        return f"{self.component}.{self.name}" if self.component else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class NewComponent:
    """A component to be made from a prototype.

    Attributes:
        given: Parameters as typed; they beat ``values``.
        module: Its module in an app of ksonnet.
        environment: The environment file to edit in an app of kuplet.
    """

    name: str
    prototype: Prototype
    given: Mapping[str, str]
    values: JsonObject
    module: str | None = None
    environment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import made: a component of each file."""

    files: "Sequence[ManifestFile]"
    written: Sequence[str]


class AppEditor(Protocol):
    """Changes the files of one app.

    Each method says which files it wrote. Nothing is written unless the whole edit works. What only
    apps of the other format have is refused with a `UsageError`.
    """

    def set_parameter(self, target: ParameterTarget, text: str, *, as_string: bool) -> str:
        """Set a parameter and return the file that was edited."""
        ...

    def delete_parameter(self, target: ParameterTarget) -> str:
        """Remove what a file says of a parameter and return that file."""
        ...

    def add_component(self, new: NewComponent) -> list[str]:
        """Add a component and return the files that were written."""
        ...

    def remove_component(self, name: str) -> list[str]:
        """Remove a component and return the files that were removed or edited."""
        ...

    def set_needs(self, name: str, needs: Sequence[Need], environment: str | None) -> str:
        """Say what a component waits for and return the file that was edited."""
        ...

    def import_files(
        self, files: "Sequence[ManifestFile]", environment: str | None, module: str | None
    ) -> Imported:
        """Copy manifests into the app, each file as a component."""
        ...

    def create_module(self, name: str) -> str:
        """Make a module and return its file of parameters."""
        ...

    def add_environment(
        self, name: str, settings: EnvironmentSettings, extends: str | None, *, override: bool
    ) -> list[str]:
        """Add an environment and return the files that were written.

        Args:
            extends: The environment that it starts from in an app of kuplet; ``base`` by default.
            override: Whether to write into ``app.override.yaml``, which apps of ksonnet have.
        """
        ...

    def change_environment(
        self, name: str, settings: EnvironmentSettings, new_name: str, *, override: bool
    ) -> list[str]:
        """Change or rename an environment and return the files that were written."""
        ...

    def pin_environment(self, name: str, cluster: str) -> str:
        """Pin an environment to a cluster and return the file that was edited.

        Args:
            cluster: Its identity; empty takes the pin away.
        """
        ...

    def remove_environment(self, name: str, *, override: bool) -> list[str]:
        """Remove an environment and return the files that were removed or edited."""
        ...

    def set_targets(self, name: str, modules: Sequence[str], *, override: bool) -> str:
        """Set which modules an environment renders and return the file that was edited."""
        ...


def refuse_if(value: object, flag: str, owners: str) -> None:
    """Refuse a flag that is for apps of the other format.

    Raises:
        UsageError: It was given.
    """
    if value:
        message = f"{flag} is for {owners}"
        raise UsageError(Finding(rule="option-conflict", message=message))
