"""The two formats of apps, and what is asked of each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from compiler.formats.ksonnet.app import KsonnetApp
from compiler.model.app import App, Environment
from compiler.model.finding import Finding

if TYPE_CHECKING:
    from compiler.formats.editing import AppEditor
    from compiler.formats.kuplet.imported_files import SourceTree
    from compiler.formats.options import CompileOptions
    from compiler.formats.packaged_app import PackagedApp
    from compiler.formats.reviewing import ReviewInputs
    from compiler.formats.views import AppViews
    from compiler.model.jsonnet import JsonnetOptions
    from compiler.model.package import Package
    from compiler.model.promotion import Promotion
    from compiler.stages.render import Rendering
    from compiler.stages.resolve import Override

AnyApp: TypeAlias = App | KsonnetApp


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How two environments of an app are to differ.

    Attributes:
        app: The app with the second environment where the first one is: places do not differ.
        overrides: What gives the first environment the values of the second.
        components: Those that only one of the two is to have.
    """

    app: AnyApp
    overrides: "Sequence[Override]" = ()
    components: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesRead:
    """Which files of the app an environment may read; too many may be named, not too few.

    Attributes:
        by_all: Those that concern every component; a name that ends in ``/`` stands for all below.
        by_component: Those of each component.
        nosy: The components that may read others.
    """

    by_all: frozenset[str]
    by_component: Mapping[str, Collection[str]]
    nosy: frozenset[str]


class Format(Protocol):
    """One app, and what its format makes of it."""

    @property
    def editor(self) -> "AppEditor":
        """What changes its files."""
        ...

    @property
    def views(self) -> "AppViews":
        """What the listing commands show of it."""
        ...

    @property
    def review(self) -> "ReviewInputs":
        """What a review asks of it."""
        ...

    def resolve(self, name: str) -> Environment:
        """Return an environment with its components and their parameters; nothing is rendered.

        Raises:
            AppError: What the files say of it is wrong.
        """
        ...

    def render(self, name: str, options: "CompileOptions") -> "Rendering":
        """Resolve an environment and evaluate its components.

        After this nothing but the environment's dialect tells the formats apart.

        Raises:
            AppError: What the files say of it is wrong, or a component cannot be evaluated.
            UsageError: An option is for apps of the other format.
        """
        ...

    def nosy_components(self, environment: Environment, tree: "SourceTree") -> frozenset[str]:
        """Return the components that may read the parameters of others."""
        ...

    def files_read(self, name: str, tree: "SourceTree") -> FilesRead:
        """Return what an environment may read of the app.

        Raises:
            AppError: It cannot be resolved.
        """
        ...

    def files_of_others(self, name: str) -> Collection[str]:
        """Return the files that loading the app has read, but that do not concern an environment.

        Raises:
            AppError: It extends one that is not there.
        """
        ...

    @property
    def difference_code(self) -> int:
        """What ``diff`` exits with when something differs."""
        ...

    def expected(self, first: str, second: str) -> Expected:
        """Return in what two environments are to differ, so that it is no difference.

        Raises:
            AppError: One of them cannot be resolved.
        """
        ...

    def promotion(self, name: str) -> "Promotion | None":
        """Return what an environment says of promotion."""
        ...

    def file_findings(self) -> Iterable[Finding]:
        """Return what is wrong with files that nothing need have read."""
        ...

    def promotion_findings(self, name: str) -> Iterable[Finding]:
        """Return what is wrong with what an environment says of promotion."""
        ...

    def packaged(self) -> "PackagedApp":
        """Return what it says of packages; they may be missing."""
        ...

    def used_packages(self) -> "list[Package]":
        """Return all packages; those of the whole app last, so that they win."""
        ...

    def preview_imports(self) -> "JsonnetOptions":
        """Return the imports with which a prototype is tried out, whatever the environment."""
        ...
