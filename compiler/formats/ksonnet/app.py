"""A ksonnet app as its ``app.yaml`` describes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from compiler.model.app import Destination
from compiler.model.package import Package, Registry
from compiler.model.source import SourceSpan

COMPONENTS = "components"
ENVIRONMENTS = "environments"
PARAMS = "params.libsonnet"
ROOT_MODULE = "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class KsonnetEnvironment:
    """One entry of ``environments``.

    Attributes:
        path: Its directory below ``environments/``.
        kubernetes: ``k8sVersion`` as written, for example ``v1.8.0``.
        destination: ``None`` when the app does not say; rendering needs one.
        targets: Modules to render; empty for the root module alone.
        libraries: Packages that only this environment uses, by ``registry/name``.
    """

    name: str
    path: str
    kubernetes: str
    destination: Destination | None
    targets: tuple[str, ...]
    libraries: Mapping[str, Package]
    span: SourceSpan

    @property
    def directory(self) -> str:
        """Its directory, relative to the app."""
        return f"{ENVIRONMENTS}/{self.path}"

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules that are rendered, in ksonnet's order."""
        return tuple(sorted(set(self.targets))) or (ROOT_MODULE,)


# Stands in where packages and module parameters are used without an environment.
NO_ENVIRONMENT = KsonnetEnvironment(
    name="",
    path="",
    kubernetes="",
    destination=None,
    targets=(),
    libraries={},
    span=SourceSpan("app.yaml"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KsonnetApp:
    """An app whose ``app.yaml`` says ``kind: ksonnet.io/app``.

    Attributes:
        version: The ``apiVersion`` of ``app.yaml``.
        libraries: Packages that all environments use, by ``registry/name``.
        registries: By name, those of ``app.override.yaml`` included.
    """

    name: str
    root: Path
    version: str
    environments: Mapping[str, KsonnetEnvironment]
    libraries: Mapping[str, Package]
    registries: Mapping[str, Registry]

    @property
    def environment_names(self) -> tuple[str, ...]:
        """Names of the environments, sorted."""
        return tuple(sorted(self.environments))
