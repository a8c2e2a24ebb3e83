"""Works out what a promotion copies from one environment's release into another environment."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from compiler.model.app import App, Environment, Promotion
from compiler.model.change import FieldChange
from compiler.model.json import JsonValue
from compiler.model.package import Package
from compiler.model.release import Release
from compiler.model.source import SourceSpan
from compiler.stages.resolve import Override, layers_of

_DIGEST = "sha256:"  # how a release records the value of a Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """What an environment runs: what can be promoted from it.

    Attributes:
        parameters: Values as ``component.name``.
        packages: Versions by ``registry/name``.
        revision: The release that they were recorded in; 0 when they come from the files.
    """

    parameters: Mapping[str, JsonValue]
    packages: Mapping[str, str]
    revision: int = 0
    commit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionPlan:
    """What a promotion would do; ``before`` is what the target has, ``after`` what it gets.

    Attributes:
        undeclared: Parameters that differ and are neither copied nor allowed to.
        hidden: Parameters to be copied whose value only a Secret knows.
    """

    parameters: tuple[FieldChange, ...]
    packages: tuple[FieldChange, ...]
    undeclared: tuple[FieldChange, ...]
    hidden: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the target has everything already."""
        return not self.parameters and not self.packages


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What of a promotion is wanted: everything, or some components and parameters.

    Attributes:
        allow: Parameters that may differ this time.
    """

    components: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()

    def takes(self, name: str) -> bool:
        """Return whether a parameter is wanted."""
        component = name.partition(".")[0]
        is_component = not self.components or component in self.components
        return is_component and (not self.parameters or matches(name, self.parameters))

    @property
    def is_whole(self) -> bool:
        """Whether nothing was left out."""
        return not self.components and not self.parameters


def promotion_of(app: App, name: str) -> Promotion | None:
    """Return what may be brought into an environment; its own word beats what it extends."""
    return next((file.promotion for file in reversed(layers_of(app, name)) if file.promotion), None)


def pins_of_release(release: Release) -> Pins:
    """Return what a release recorded."""
    versions = (name.partition("@") for name in release.packages)
    return Pins(
        parameters={
            f"{component}.{name}": parameter.value
            for component, parameters in release.parameters.items()
            for name, parameter in parameters.items()
        },
        packages={path: version for path, _, version in versions},
        revision=release.revision,
        commit=release.source.commit,
    )


def pins_of_files(environment: Environment) -> Pins:
    """Return what the files say of an environment."""
    return Pins(parameters=_values(environment), packages=_versions(environment.packages))


def plan_promotion(
    promotion: Promotion, pins: Pins, target: Environment, selection: Selection
) -> PromotionPlan:
    """Return what is to be copied into ``target``, and what differs without being declared."""
    parameters: list[FieldChange] = []
    undeclared: list[FieldChange] = []
    hidden: list[str] = []
    for change in _differences(pins.parameters, _values(target)):
        is_copied = matches(change.path, promotion.copies)
        if is_copied and _is_digest(change.after):
            hidden.append(change.path)
        elif is_copied and selection.takes(change.path):
            parameters.append(change)
        elif not is_copied and not matches(change.path, (*promotion.allow, *selection.allow)):
            undeclared.append(change)
    packages = _differences(pins.packages, _versions(target.packages))
    return PromotionPlan(
        parameters=tuple(parameters),
        packages=tuple(packages) if selection.is_whole else (),
        undeclared=tuple(item for item in undeclared if not _is_digest(item.after)),
        hidden=tuple(hidden),
    )


def allowed_overrides(app: App, first: Environment, second: Environment) -> list[Override]:
    """Return what gives ``first`` the values of ``second`` where they are declared to differ.

    Declared is what one of the two lists under ``promotion``, as copied or as allowed to differ.
    """
    declared = [
        pattern
        for environment in (first, second)
        if (promotion := promotion_of(app, environment.name))
        for pattern in (*promotion.copies, *promotion.allow)
    ]
    return [
        Override(
            component=change.path.partition(".")[0],
            name=change.path.partition(".")[2],
            text=str(change.after),
            value=change.after,
            span=SourceSpan("promotion"),
        )
        for change in _differences(_values(second), _values(first))
        if matches(change.path, declared)
    ]


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Return whether one of the patterns fits a parameter's name."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def differences(pins: Pins, files: Pins) -> list[FieldChange]:
    """Return what the files of an environment say otherwise than its release."""
    return list(_differences(files.parameters, pins.parameters))


def _differences(
    wanted: Mapping[str, JsonValue], present: Mapping[str, JsonValue]
) -> Iterator[FieldChange]:
    """Yield what both sides have and say differently, sorted."""
    for name in sorted(wanted.keys() & present.keys()):
        if wanted[name] != present[name]:
            yield FieldChange(path=name, before=present[name], after=wanted[name])


def _values(environment: Environment) -> dict[str, JsonValue]:
    return {
        f"{component.name}.{parameter.name}": parameter.value
        for component in environment.components
        for parameter in component.parameters.values()
    }


def _versions(packages: Mapping[str, Package]) -> dict[str, str]:
    return {path: package.version for path, package in packages.items()}


def _is_digest(value: JsonValue) -> bool:
    return isinstance(value, str) and value.startswith(_DIGEST)
