"""Works out what a promotion copies from one environment's release into another environment."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from compiler.model.app import App, Environment
from compiler.model.change import FieldChange, ParameterDifference
from compiler.model.json import JsonValue, same
from compiler.model.package import Package
from compiler.model.parameter import patch_between
from compiler.model.promotion import Promotion
from compiler.model.ref import ParameterRef
from compiler.model.release import Digests, Release
from compiler.model.secret import digest_of
from compiler.model.source import SourceSpan
from compiler.stages.images import written_images
from compiler.stages.resolve import Override, layers_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """What an environment runs: what can be promoted from it.

    Attributes:
        parameters: Values; of secret ones the digest.
        packages: Versions by ``registry/name``.
        components: Those that were compiled; of a partial release, those that it applied.
        is_partial: Whether there may be other components.
        images: The digests of each image that may be pinned; none when nobody knows.
        secret: Which of them are secret.
        salt: That of the digests.
        unproven: Why what components run has not been tried out to the end, by their names.
        revision: The release that they were recorded in; 0 when they come from the files.
        is_dirty: Whether files differed from the commit of that release.
    """

    parameters: Mapping[ParameterRef, JsonValue]
    packages: Mapping[str, str]
    components: frozenset[str] = frozenset()
    is_partial: bool = False
    images: Digests = field(default_factory=dict)
    secret: frozenset[ParameterRef] = frozenset()
    salt: str = ""
    unproven: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    revision: int = 0
    commit: str = ""
    is_dirty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What of a promotion is wanted: everything, or some components and parameters.

    Attributes:
        allow: Parameters that may differ this time.
    """

    components: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()

    def takes(self, ref: ParameterRef) -> bool:
        """Return whether a parameter is wanted."""
        is_component = not self.components or ref.component in self.components
        return is_component and (not self.parameters or matches(ref, self.parameters))

    def takes_from(self, component: str) -> bool:
        """Return whether anything of a component is wanted."""
        is_component = not self.components or component in self.components
        wanted = [ParameterRef.parse(pattern, [component]) for pattern in self.parameters]
        return is_component and (
            not wanted or any(fnmatchcase(component, item.component) for item in wanted)
        )

    @property
    def is_whole(self) -> bool:
        """Whether nothing was left out."""
        return not self.components and not self.parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionRequest:
    """What is to be brought into ``target``: what its promotion lists, and the command selects.

    Attributes:
        secret: The target's secret parameters.
        future: The target with the package versions that come with the promotion; ``None`` when
            none do.
    """

    promotion: Promotion
    target: Environment
    secret: frozenset[ParameterRef] = frozenset()
    selection: Selection = field(default_factory=Selection)
    future: Environment | None = None

    @property
    def place(self) -> Environment:
        """The environment that parameters come into."""
        return self.future or self.target

    @property
    def declared(self) -> tuple[str, ...]:
        """Patterns of what may differ, be it copied or not."""
        return (*self.promotion.copies, *self.promotion.allow, *self.selection.allow)

    def allows(self, ref: ParameterRef) -> bool:
        """Return whether the command lets a parameter differ this time."""
        return matches(ref, self.selection.allow)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionPlan:
    """What a promotion would do; ``before`` is what the target has, ``after`` what it gets.

    Attributes:
        undeclared: Parameters that differ and are neither copied nor allowed to.
        only_in_source: Components that the target lacks, and that are not allowed to.
        only_in_target: Components that only the target has, and that are not allowed to.
        undeclared_secret: The same of secret parameters, whose values nobody is to see.
        hidden: Secret parameters that differ and are to be copied, which they are not.
        ambiguous: Parameters to be copied that name an image of which several digests run.
        unpinned: Parameters among ``parameters`` that name an image whose digest nobody knows.
    """

    parameters: tuple[ParameterDifference, ...]
    packages: tuple[FieldChange, ...]
    undeclared: tuple[ParameterDifference, ...]
    only_in_source: tuple[str, ...] = ()
    only_in_target: tuple[str, ...] = ()
    undeclared_secret: tuple[ParameterRef, ...] = ()
    hidden: tuple[ParameterRef, ...] = ()
    ambiguous: tuple[ParameterRef, ...] = ()
    unpinned: tuple[ParameterRef, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the target has everything already."""
        return not self.parameters and not self.packages


def promotion_of(app: App, name: str) -> Promotion | None:
    """Return what may be brought into an environment; its own word beats what it extends.

    A file that only names what was brought last leaves the word to what it extends.
    """
    said = [file.promotion for file in reversed(layers_of(app, name)) if file.promotion]
    declared = next((promotion for promotion in said if promotion.is_declared), None)
    promoted = next((promotion.promoted for promotion in said if promotion.promoted), None)
    return replace(declared, promoted=promoted) if declared else None


def pins_of_release(release: Release) -> Pins:
    """Return what a release recorded."""
    versions = (name.partition("@") for name in release.packages)
    return Pins(
        parameters={ref: parameter.value for ref, parameter in release.recorded.items()},
        packages={path: version for path, _, version in versions},
        components=frozenset(release.parameters),
        is_partial=bool(release.components),
        images={**{image: {} for image in written_images(release)}, **release.images},
        secret=frozenset(ref for ref, parameter in release.recorded.items() if parameter.is_secret),
        salt=release.salt,
        revision=release.revision,
        commit=release.source.commit,
        is_dirty=release.source.is_dirty,
    )


def pins_of_files(environment: Environment, secret: frozenset[ParameterRef] = frozenset()) -> Pins:
    """Return what the files say of an environment.

    Args:
        secret: Its secret parameters.
    """
    return Pins(
        parameters=_hidden(_values(environment), secret, ""),
        secret=secret,
        packages=_versions(environment.packages),
        components=_components(environment),
    )


def package_changes(request: PromotionRequest, pins: Pins) -> tuple[FieldChange, ...]:
    """Return the package versions that differ; only the whole system is promoted with them."""
    if not request.selection.is_whole:
        return ()
    wanted, present = pins.packages, _versions(request.target.packages)
    return tuple(
        FieldChange(path=name, before=present[name], after=wanted[name])
        for name in sorted(wanted.keys() & present.keys())
        if wanted[name] != present[name]
    )


def copied_parameters(request: PromotionRequest, pins: Pins) -> dict[ParameterRef, JsonValue]:
    """Return what is to be copied, whether or not the target has it already."""
    present = _values(request.place)
    return {
        ref: pins.parameters[ref]
        for ref in sorted(pins.parameters)
        if ref in present and request.selection.takes(ref)
        if matches(ref, request.promotion.copies) and ref not in _secret(request, pins)
    }


def plan_promotion(request: PromotionRequest, pins: Pins) -> PromotionPlan:
    """Return what is to be copied, and what differs without being declared."""
    present = _values(request.place)
    secret = _secret(request, pins)
    different = list(_differences(pins.parameters, _hidden(present, pins.secret, pins.salt)))
    differs = [change.ref for change in different if change.ref in secret]
    copied = copied_parameters(request, pins)
    ambiguous = [
        ref
        for ref, value in copied.items()
        if len(_digests(pins, value) or ()) > 1 and not request.allows(ref)
    ]
    wanted = {
        ref: _pinned(pins, value, present[ref])
        for ref, value in copied.items()
        if ref not in ambiguous
    }
    now = {**present, **_values(request.target)}
    parameters = tuple(
        replace(change, before=now[change.ref]) for change in _differences(wanted, present)
    )
    only_in_source, only_in_target = _one_sided(request, pins)
    return PromotionPlan(
        parameters=parameters,
        packages=package_changes(request, pins),
        undeclared=tuple(
            change
            for change in different
            if not matches(change.ref, request.declared) and change.ref not in secret
        ),
        only_in_source=only_in_source,
        only_in_target=only_in_target,
        undeclared_secret=tuple(ref for ref in differs if not matches(ref, request.declared)),
        hidden=tuple(
            ref
            for ref in differs
            if matches(ref, request.promotion.copies) and not request.allows(ref)
        ),
        ambiguous=tuple(ambiguous),
        unpinned=tuple(item.ref for item in parameters if _digests(pins, item.after) == {}),
    )


def written_value(target: Environment, ref: ParameterRef, wanted: JsonValue) -> JsonValue:
    """Return what the target's own file must say of a parameter, to give it a value.

    Objects are merged with those of weaker layers, so a key that only those have must be removed.
    """
    parameter = target.parameters[ref]
    weaker = tuple(
        setting
        for setting in parameter.settings
        if setting.layer != target.name or setting.name_span is None  # None: the default
    )
    return patch_between(replace(parameter, settings=weaker).value, wanted)


def allowed_overrides(app: App, first: Environment, second: Environment) -> list[Override]:
    """Return what gives ``first`` the values of ``second`` where they are declared to differ.

    Declared is what one of the two lists under ``promotion``, as copied or as allowed to differ.
    """
    declared = _declared_by(app, first, second)
    return [
        Override(
            target=change.ref,
            text=str(change.after),
            value=patch_between(change.before, change.after),
            span=SourceSpan("promotion"),
        )
        for change in _differences(_values(second), _values(first))
        if matches(change.ref, declared)
    ]


def allowed_components(app: App, first: Environment, second: Environment) -> list[str]:
    """Return the components that only one of two environments has, and that are declared to."""
    declared = _declared_by(app, first, second)
    one_sided = _components(first) ^ _components(second)
    return sorted(name for name in one_sided if covers(declared, name))


def matches(ref: ParameterRef, patterns: Iterable[str]) -> bool:
    """Return whether one of the patterns fits a parameter's name."""
    return any(fnmatchcase(str(ref), pattern) for pattern in patterns)


def covers(patterns: Iterable[str], component: str) -> bool:
    """Return whether a pattern fits every parameter of a component, as ``board.*`` does."""
    return matches(ParameterRef(component, "*"), patterns)


def differences(pins: Pins, files: Pins) -> list[ParameterDifference]:
    """Return what the files of an environment say otherwise than its release."""
    present = _hidden(files.parameters, pins.secret, pins.salt)
    return list(_differences(present, pins.parameters))


def _declared_by(app: App, *environments: Environment) -> list[str]:
    return [
        pattern
        for environment in environments
        if (promotion := promotion_of(app, environment.name))
        for pattern in (*promotion.copies, *promotion.allow)
    ]


def _one_sided(request: PromotionRequest, pins: Pins) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the components that only the source has, and those that only the target has."""
    there, here = pins.components, _components(request.place)
    only_here = frozenset[str]() if pins.is_partial else here - there
    missing, extra = (
        tuple(
            name
            for name in sorted(names)
            if request.selection.takes_from(name) and not covers(request.declared, name)
        )
        for names in (there - here, only_here)
    )
    return missing, extra


def _digests(pins: Pins, value: JsonValue) -> Mapping[str, str] | None:
    """Return the digests of an image that a parameter names; ``None`` if it names none."""
    return pins.images.get(value) if isinstance(value, str) else None


def _pinned(pins: Pins, value: JsonValue, present: JsonValue) -> JsonValue:
    """Return what to write: an image with its digest, or with the one that the target has of it."""
    digests = _digests(pins, value)
    if digests is None:
        return value
    if len(digests) == 1:
        return f"{value}@{next(iter(digests))}"
    has_digest = isinstance(present, str) and present.partition("@")[0] == value
    return present if has_digest else value


def _differences(
    wanted: Mapping[ParameterRef, JsonValue], present: Mapping[ParameterRef, JsonValue]
) -> Iterator[ParameterDifference]:
    """Yield what both sides have and say differently, sorted."""
    for ref in sorted(wanted.keys() & present.keys()):
        if not same(wanted[ref], present[ref]):
            yield ParameterDifference(ref=ref, before=present[ref], after=wanted[ref])


def _values(environment: Environment) -> dict[ParameterRef, JsonValue]:
    return {ref: parameter.value for ref, parameter in environment.parameters.items()}


def _components(environment: Environment) -> frozenset[str]:
    return frozenset(component.name for component in environment.components)


def _versions(packages: Mapping[str, Package]) -> dict[str, str]:
    return {path: package.version for path, package in packages.items()}


def _secret(request: PromotionRequest, pins: Pins) -> frozenset[ParameterRef]:
    return pins.secret | request.secret


def _hidden(
    values: Mapping[ParameterRef, JsonValue], secret: frozenset[ParameterRef], salt: str
) -> dict[ParameterRef, JsonValue]:
    """Return values as a release records them: the digests of secret ones."""
    return {
        ref: digest_of(value, salt) if ref in secret else value for ref, value in values.items()
    }
