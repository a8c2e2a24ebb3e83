"""Makes what others changed in a cluster the app's own: live values become parameters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from compiler.errors import AppError
from compiler.executor.drift import Drift, as_kept
from compiler.formats.choice import format_of
from compiler.formats.editing import ParameterTarget
from compiler.formats.format import AnyApp
from compiler.formats.options import CompileOptions
from compiler.model.change import ObjectChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.conflict import ConflictPolicy, Writer
from compiler.model.difference import Difference, ObjectDifference
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonValue, same
from compiler.model.manifest import Manifest
from compiler.model.ref import ParameterRef
from compiler.model.secret import as_written, looks_secret
from compiler.model.status import Deviation, FieldStatus
from compiler.model.write_back import WriteBack, WrittenField, WrittenParameter
from compiler.stages.diff import by_place, by_ref, compare, value_below
from compiler.stages.flow import flow_text
from compiler.verbs.apply import Survey, survey
from compiler.verbs.causes import Causes
from compiler.verbs.compile import resolve_environment
from compiler.verbs.destination import Target
from compiler.verbs.probe import objects_with, override_with

LEFT = "adopt-left"
_UNWRITTEN = "values of Secrets are not written into files"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """A field that somebody else has set to another value than the app's."""

    manifest: Manifest
    path: str
    live: JsonValue
    asked: JsonValue
    writers: tuple[Writer, ...]

    @property
    def key(self) -> tuple[tuple[str, ...], str]:
        """Where it is, in a compile too: there runs have other names."""
        return by_ref(self.manifest), self.path


def plan_write_back(app: AnyApp, compiled: CompiledEnvironment, target: Target) -> WriteBack:
    """Return which live values can be written back; nothing is written.

    Each parameter is tried out: with its new value exactly the fields change that others changed.

    Raises:
        ExternalError: The cluster cannot be looked at.
    """
    found = survey(compiled, target)
    causes = Causes(app, compiled, CompileOptions())
    left: list[Finding] = []
    groups: dict[ParameterRef, list[_Field]] = {}
    for field in _fields(found, left):
        cause = causes.of_field(field.manifest, field.path)
        if cause is None:
            left.append(_left(field.manifest, field.path, "no parameter sets it"))
        else:
            groups.setdefault(cause.parameter, []).append(field)
    trial = _Trial(app, compiled)
    parameters: list[WrittenParameter] = []
    for ref, fields in sorted(groups.items()):
        if problem := trial.problem(ref, fields):
            left += (_left(item.manifest, item.path, problem) for item in fields)
        else:
            parameters.append(trial.written(ref, fields))
    if len(parameters) > 1 and not trial.is_sum(parameters):
        left += (_left_parameter(item.ref) for item in parameters)
        parameters = []
    return WriteBack(parameters=tuple(parameters), findings=tuple(left))


def write_back(app: AnyApp, environment: str, parameters: Sequence[WrittenParameter]) -> list[str]:
    """Write parameters into the file of an environment; return what was done, for people.

    Args:
        app: The app as its files are now.

    Raises:
        AppError: Somebody has edited one of them meanwhile, or it cannot be edited.
    """
    now = resolve_environment(app, environment).parameters
    for item in parameters:
        if item.ref not in now or not same(now[item.ref].value, item.before):
            message = f"{item.ref} was edited meanwhile; nothing is written"
            raise AppError(Finding(rule="adopt-outdated", message=message, hint="adopt once more"))
    done: list[str] = []
    for item in parameters:
        target = ParameterTarget(
            component=item.ref.component, name=item.ref.name, environment=environment
        )
        is_text = isinstance(item.after, str)
        text = item.after if isinstance(item.after, str) else flow_text(item.after)
        file = format_of(app).editor.set_parameter(target, text, as_string=is_text)
        done.append(f"set {target} in {file}")
    return done


def _fields(found: Survey, left: list[Finding]) -> Iterator[_Field]:
    """Yield the fields whose live value could be the app's; say of others why not."""
    drift = Drift(found.last, found.compiled.manifests)
    for change in found.comparison.changes:
        if change.has_left or not change.live:
            continue
        for item in drift.fields(change):
            reason = _reason_against(change, item)
            if reason:
                left.append(_left(change.manifest, item.path, reason))
            elif item.is_drift:
                yield _field(change, item.path, item.live, item.desired, item.writers)
        for conflict in change.conflicts:
            if conflict.policy is not ConflictPolicy.LEAVE or conflict.scaler:
                continue
            if looks_secret(change.manifest.body):
                left.append(_left(change.manifest, conflict.path, _UNWRITTEN))
            else:
                live, asked = conflict.live, conflict.asked
                yield _field(change, conflict.path, live, asked, conflict.owners)


def _field(
    change: ObjectChange,
    path: str,
    live: JsonValue,
    desired: JsonValue,
    writers: tuple[Writer, ...],
) -> _Field:
    asked = value_below(as_written(change.manifest.body), path)  # as the app writes it
    return _Field(
        manifest=change.manifest,
        path=path,
        live=live,
        asked=desired if asked is None else asked,
        writers=writers,
    )


def _reason_against(change: ObjectChange, item: FieldStatus) -> str:
    """Return why a field of others cannot be written back; empty if nothing speaks against it."""
    if not item.is_drift:
        return ""
    if looks_secret(change.manifest.body):
        return _UNWRITTEN
    if item.deviation is Deviation.ADDED:
        return "the app has no such field"
    if item.deviation is Deviation.UNAPPLIED:
        return "the app has changed it, too, since the last release"
    if item.live is None:
        return "somebody removed it"
    return ""


class _Trial:
    """Compiles the app with other values."""

    def __init__(self, app: AnyApp, compiled: CompiledEnvironment) -> None:
        self._app = app
        self._name = compiled.environment.name
        self._before = compiled.manifests
        self._parameters = compiled.environment.parameters

    def problem(self, ref: ParameterRef, fields: Sequence[_Field]) -> str:
        """Return why a parameter cannot take the value of its fields; empty if it can."""
        value = fields[0].live
        if not all(same(item.asked, self._parameters[ref].value) for item in fields):
            return f"{ref} is only a part of it, or is changed on the way"
        if not all(same(item.live, value) for item in fields):
            return f"{ref} sets several fields, which have different values now"
        changed = self._changed({ref: value})
        if changed is None:
            return f"the app does not compile with {ref} = {flow_text(value)}"
        wanted = {item.key: item.live for item in fields}
        return _unlike(ref, changed, wanted)

    def written(self, ref: ParameterRef, fields: Sequence[_Field]) -> WrittenParameter:
        """Return a parameter that takes the value of its fields."""
        return WrittenParameter(
            ref=ref,
            before=self._parameters[ref].value,
            after=fields[0].live,
            fields=tuple(
                WrittenField(object=str(item.manifest.ref), path=item.path, writers=item.writers)
                for item in fields
            ),
        )

    def is_sum(self, parameters: Sequence[WrittenParameter]) -> bool:
        """Return whether all of them together change just what each of them does."""
        together = self._changed({item.ref: item.after for item in parameters})
        alone = [self._changed({item.ref: item.after}) for item in parameters]
        apart = {place for each in alone for place in each or ()}
        return together is not None and {*together} == apart

    def _changed(
        self, values: dict[ParameterRef, JsonValue]
    ) -> dict[tuple[tuple[str, ...], str], JsonValue] | None:
        """Return the fields that change with other values; ``None`` if they are refused."""
        overrides = [override_with(ref, value) for ref, value in values.items()]
        after = objects_with(self._app, self._name, CompileOptions(overrides=overrides))
        if after is None:
            return None
        found: dict[tuple[tuple[str, ...], str], JsonValue] = {}
        for difference in compare(self._before, after, by_place):
            found |= dict(_places(difference))
        return found


def _places(
    difference: ObjectDifference,
) -> Iterator[tuple[tuple[tuple[str, ...], str], JsonValue]]:
    key = by_ref(difference.before or difference.manifest)
    if difference.kind is not Difference.CHANGED:
        yield (key, ""), None
    for field in difference.fields:
        yield (key, as_kept(field.path)), field.after


def _unlike(
    ref: ParameterRef,
    changed: dict[tuple[tuple[str, ...], str], JsonValue],
    wanted: dict[tuple[tuple[str, ...], str], JsonValue],
) -> str:
    """Return how what changes in the app is not what others changed; empty if it is."""
    for (key, path), value in changed.items():
        if (key, path) not in wanted:
            kind, name = key[1], key[3]
            return f"{ref} would also change {kind}/{name}{f', {path}' if path else ''}"
        if not same(value, wanted[key, path]):
            return f"{ref} would make another value of it: {flow_text(value)}"
    return "" if wanted.keys() == changed.keys() else f"{ref} alone does not set it"


def _left(manifest: Manifest, path: str, reason: str) -> Finding:
    return Finding(
        rule=LEFT,
        severity=Severity.NOTE,
        message=f"{manifest.ref.qualified}: {path} is not written back: {reason}",
        object=str(manifest.ref),
        component=manifest.origin.component,
        field=path,
        notes=(f"from {manifest.origin}",),
    )


def _left_parameter(ref: ParameterRef) -> Finding:
    message = f"{ref} is not written back: with others it changes other fields than alone"
    return Finding(rule=LEFT, severity=Severity.NOTE, message=message, component=ref.component)
