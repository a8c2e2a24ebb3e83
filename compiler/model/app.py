"""An app as its files describe it, and one environment with all its layers merged."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from compiler.model.conflict import ConflictRule
from compiler.model.definition import KeptDefinition
from compiler.model.finding import Severity
from compiler.model.json import JsonObject
from compiler.model.owner import Owner
from compiler.model.package import Package, Registry
from compiler.model.parameter import Parameter, Setting
from compiler.model.promotion import Promotion
from compiler.model.prototype import Prototype
from compiler.model.ref import ParameterRef
from compiler.model.source import SourceSpan

KEPT_RELEASES = 30
KEPT_RUNS = 3  # of each job, besides the newest
DEFAULT_KUBERNETES = "1.36"  # the version of the sandbox


class Goal(enum.IntEnum):
    """What a dependent waits for, from the least to the most.

    ``READY`` means that the object does its work: a Deployment serves, a TFJob trains.
    ``COMPLETED`` means that the work is done. A Job has no other use than being done, so it is
    ready when it is complete. ``GONE`` is what a deletion waits for.
    """

    PRESENT = 1
    READY = 2
    COMPLETED = 3
    GONE = 4

    def __str__(self) -> str:
        return self.name.lower()


class OnChange(enum.StrEnum):
    """What becomes of an object of a component whose change the server or a controller ignores."""

    FAIL = "fail"  # it is refused
    REPLACE = "replace"  # the object is deleted and made anew
    RUN = "run"  # of a job: a new run beside it, under a name of its own


class Dialect(enum.StrEnum):
    """Whose conventions an app follows where the objects themselves are concerned."""

    KUPLET = "kuplet"  # kuplet's labels; every namespaced object gets a namespace
    KSONNET = "ksonnet"  # ksonnet's label; namespaces stay as written


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A component waits for another one."""

    component: str
    until: Goal = Goal.READY
    span: SourceSpan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where an environment is applied.

    Attributes:
        context: Name of a kubeconfig context; empty when not pinned.
        server: URL of an API server; empty when not pinned.
        namespace: Namespace for objects that name none; empty when not said.
        cluster: The identity of the cluster; empty when not pinned.
    """

    context: str = ""
    server: str = ""
    namespace: str = ""
    cluster: str = ""
    span: SourceSpan | None = None

    @property
    def is_sandbox(self) -> bool:
        """An environment that names no cluster belongs to the sandbox."""
        return not self.context and not self.server

    @property
    def place(self) -> str:
        """The cluster, for people."""
        return "sandbox" if self.is_sandbox else self.context or self.server


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentSettings:
    """What a command says of an environment; an empty field says nothing.

    Attributes:
        kubernetes: A version as typed: ``1.34``, ``v1.34`` or ``v1.34.2``.
    """

    context: str = ""
    server: str = ""
    namespace: str = ""
    kubernetes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """Changes objects of a component, beside what its parameters say.

    Attributes:
        kind, name: Which objects; ``*`` stands for anything.
        merge: What is merged into them.
        operations: Those of a JSON patch (RFC 6902), done before.
    """

    span: SourceSpan
    kind: str = "*"
    name: str = "*"
    merge: JsonObject = field(default_factory=dict)
    operations: tuple[JsonObject, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentLayer:
    """What one environment file says of one component; ``None`` means it says nothing."""

    name: str
    span: SourceSpan
    prototype: str | None = None
    prototype_span: SourceSpan | None = None
    source: str | None = None
    disabled: bool | None = None
    needs: tuple[Need, ...] | None = None
    on_change: OnChange | None = None
    is_patient: bool | None = None
    patches: tuple[Patch, ...] = ()
    params: Mapping[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Takes findings of a review for known: those of one line, for a comment, or those named.

    Attributes:
        rules: Ids of the rules that it mutes.
        lines: Of a comment its own, and those where the values begin whose keys stand there.
        environment: Its name; ``*`` stands for anything, here and below.
        object: ``Kind/name``.
    """

    rules: tuple[str, ...]
    reason: str
    span: SourceSpan
    lines: frozenset[int] = frozenset()
    environment: str = "*"
    component: str = "*"
    object: str = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetting:
    """How severe an app wants the findings of a rule.

    Attributes:
        severities: By the name of an environment, the first that fits; ``*`` stands for anything,
            ``None`` turns the rule off.
    """

    severities: Mapping[str, Severity | None]
    span: SourceSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """What an app says of the findings of its reviews.

    Attributes:
        rules: By the id of a rule, instead of its own severity.
    """

    rules: Mapping[str, RuleSetting] = field(default_factory=dict)
    mutes: tuple[Mute, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessRule:
    """What an app says of a kind of its own: expressions in CEL about ``object``.

    Attributes:
        ready: Whether an object does its work; empty, as the others, where nothing is said.
        message: What it waits for, or why it failed.
    """

    group: str
    kind: str
    ready: str = ""
    completed: str = ""
    failed: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentFile:
    """One file of ``environments/``, not yet merged with what it extends.

    Attributes:
        keep: How many releases are kept; 0 where it does not say.
        keep_runs: How many earlier runs of each job are kept; ``None`` where it does not say.
        protect: Whether it is protected from being deleted; ``None`` where it does not say.
        conflicts: Who wins where others have changed what the app sets.
    """

    name: str
    span: SourceSpan
    extends: str = ""
    extends_span: SourceSpan | None = None
    is_abstract: bool = False
    kubernetes: str = ""
    destination: Destination | None = None
    external: tuple[str, ...] = ()
    addons: tuple[str, ...] = ()
    keep: int = 0
    keep_runs: int | None = None
    protect: bool | None = None
    protect_span: SourceSpan | None = None
    conflicts: tuple[ConflictRule, ...] = ()
    packages: Mapping[str, Package] = field(default_factory=dict)
    promotion: Promotion | None = None
    components: Mapping[str, ComponentLayer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An app: a directory with ``app.yaml`` and its environments.

    Attributes:
        id: Tells it from others of its name on one cluster; may be empty.
        environments: By name, abstract ones included.
        prototypes: Everything its components are made from, by the name that they use:
            ``kuplet/tf-job`` for a prototype, ``components/x.jsonnet`` for an own source. One of a
            package is there once more for every installed version: ``kubeflow/tf-job@v0.5.1``.
        registries: By name; the built-in one is not among them.
        packages: What every environment uses unless it says otherwise, by ``registry/name``.
        definitions: Of custom resources, to check objects with.
    """

    name: str
    root: Path
    environments: Mapping[str, EnvironmentFile]
    prototypes: Mapping[str, Prototype] = field(default_factory=dict)
    registries: Mapping[str, Registry] = field(default_factory=dict)
    packages: Mapping[str, Package] = field(default_factory=dict)
    review: ReviewSettings = field(default_factory=ReviewSettings)
    readiness: tuple[ReadinessRule, ...] = ()
    definitions: tuple[KeptDefinition, ...] = ()
    id: str = ""

    @property
    def environment_names(self) -> tuple[str, ...]:
        """Names of the environments that can be compiled, sorted."""
        concrete = (name for name, file in self.environments.items() if not file.is_abstract)
        return tuple(sorted(concrete))

    @property
    def component_names(self) -> list[str]:
        """The names of all components that any environment file mentions, sorted."""
        return sorted({name for file in self.environments.values() for name in file.components})

    def declaring_layers(self, component: str) -> list[str]:
        """Return the names of the files that say what a component is made from, sorted."""
        return sorted(
            name
            for name, file in self.environments.items()
            if (layer := file.components.get(component)) and (layer.prototype or layer.source)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A component of one environment with its parameters resolved.

    Attributes:
        prototype: What it is made from; an app's own source counts as a prototype.
        parameters: By name, sorted; every declared parameter is there.
        on_change: ``None`` for what is usual of each kind.
        is_patient: Whether its pods are waited for though they seem stuck.
        patches: Those of all layers, the weakest first.
    """

    name: str
    prototype: Prototype
    parameters: Mapping[str, Parameter]
    needs: tuple[Need, ...] = ()
    on_change: OnChange | None = None
    is_patient: bool = False
    patches: tuple[Patch, ...] = ()
    span: SourceSpan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One environment with every layer merged.

    Attributes:
        app_id: That of the app.
        layers: Names of the files it is made of, weakest first.
        kubernetes: Version to validate against, ``major.minor``.
        namespace: Namespace of objects that name none.
        external: ``Kind/name`` of objects that others provide.
        addons: What the sandbox runs for it, as its own cluster does.
        keep: How many releases are kept.
        keep_runs: How many earlier runs of each job are kept.
        packages: Packages that its components may import, by ``registry/name``.
        dialect: Decides which labels objects get, and whether a namespace.
        readiness: The app's rules for kinds of its own.
        definitions: The app's definitions of custom resources.
        protected: Where it is said that nothing may delete it; ``None`` where nobody says so.
        conflicts: Who wins where others have changed what the app sets: the first rule that fits.
    """

    app: str
    name: str
    layers: tuple[str, ...]
    kubernetes: str
    destination: Destination
    namespace: str
    external: frozenset[str]
    components: tuple[Component, ...]
    addons: frozenset[str] = frozenset()
    packages: Mapping[str, Package] = field(default_factory=dict)
    dialect: Dialect = Dialect.KUPLET
    readiness: tuple[ReadinessRule, ...] = ()
    definitions: tuple[KeptDefinition, ...] = ()
    app_id: str = ""
    keep: int = KEPT_RELEASES
    keep_runs: int = KEPT_RUNS
    protected: SourceSpan | None = None
    conflicts: tuple[ConflictRule, ...] = ()

    @property
    def owner(self) -> Owner:
        """Whose its objects are."""
        return Owner.named(self.app, self.name, self.app_id)

    @property
    def parameters(self) -> dict[ParameterRef, Parameter]:
        """All parameters, by component and name."""
        return {
            ParameterRef(component.name, parameter.name): parameter
            for component in self.components
            for parameter in component.parameters.values()
        }
