"""Brings what one environment runs into the file of another one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from compiler.errors import AppError, ExternalError, KupletError, UsageError
from compiler.executor.port import ApiError
from compiler.formats.kuplet.load import ENVIRONMENTS, load_app, own_sources
from compiler.formats.overlay import overlay
from compiler.git.command import git_at, run_git, text_of
from compiler.kinds.kind import Life
from compiler.kinds.readiness import readiness_of
from compiler.kinds.table import kind_of
from compiler.model.app import App, Environment, Goal
from compiler.model.change import FieldChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonValue
from compiler.model.manifest import Manifest
from compiler.model.promotion import Promoted, Promotion
from compiler.model.ref import ParameterRef
from compiler.model.release import Release, ReleaseStatus, ReleaseVerb
from compiler.model.source import SourceSpan
from compiler.stages.model_versions import StatusPlace, is_newest, served_version, status_places
from compiler.stages.promotion.promotion import (
    Pins,
    PromotionPlan,
    PromotionRequest,
    copied_parameters,
    differences,
    package_changes,
    pins_of_files,
    pins_of_release,
    promoted_document,
    promotion_of,
    written_value,
)
from compiler.text.files import read_exactly, write_texts
from compiler.text.yaml_edit import set_value
from compiler.verbs.compile import compile_environment, resolve_environment
from compiler.verbs.destination import open_destination
from compiler.verbs.record import releases_of, running_images

if TYPE_CHECKING:
    from compiler.executor.port import ClusterPort

Key = TypeVar("Key")
_MAX_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionEffect:
    """What a promotion would write, and what that does to the target.

    Attributes:
        texts: The new text of each file, by its path in the app.
        before: The target's objects now.
        after: Its objects then.
    """

    texts: Mapping[str, str]
    before: Sequence[Manifest]
    after: Sequence[Manifest]


def checked_promotion(app: App, source: str, target: str) -> Promotion:
    """Return what may be brought from ``source`` into ``target``; a freeze is up to the caller.

    Raises:
        AppError: The target declares nothing, or takes from another environment.
    """
    promotion = promotion_of(app, target)
    if promotion is None:
        message = f'environment "{target}" does not say what may be promoted into it'
        hint = f"add to its file: promotion: {{from: {source}, copies: [COMPONENT.PARAM]}}"
        raise AppError(Finding(rule="promotion-missing", message=message, hint=hint))
    if promotion.source and promotion.source != source:
        message = f'environment "{target}" takes from "{promotion.source}", not from "{source}"'
        finding = Finding(rule="promotion-source", message=message, span=promotion.span)
        raise AppError(finding)
    return promotion


def with_packages(app: App, request: PromotionRequest, pins: Pins) -> PromotionRequest:
    """Return a request that knows what the target is with the package versions of the source.

    New versions bring defaults of their own, so what differs shows only with them. Where the target
    cannot be resolved so, the request stays what it is: the edit will say why.
    """
    changes = package_changes(request, pins)
    if not changes:
        return request
    name = request.target.name
    file = f"{ENVIRONMENTS}/{name}.yaml"
    try:
        text = _with_versions_of(read_exactly(app.root / file), changes, file)
        with overlay(app.root, {file: text}, copied=own_sources(app)) as copy:
            return replace(request, future=resolve_environment(load_app(copy), name))
    except AppError:
        return request


def released_pins(
    app: App,
    name: str,
    request: PromotionRequest,
    on_progress: Callable[[str], None],
    *,
    rehearse: bool,
) -> tuple[Pins, list[Finding]]:
    """Return what an environment runs, and what there is to say about that.

    What its release leaves open is asked of the cluster, if it is to be copied: the version of a
    model, digests of images.

    Raises:
        AppError: It was never applied, its last apply failed, or what it runs is not healthy.
        ExternalError: Its destination cannot be used.
    """
    environment = resolve_environment(app, name)
    cluster = open_destination(environment, on_progress, rehearse=rehearse).cluster
    newest = releases_of(environment, cluster).newest()
    if newest is None or not newest.stands:
        raise AppError(_not_released(name, newest))
    sick = list(_unhealthy(newest, cluster))
    if sick:
        more = f" and {len(sick) - _MAX_NAMED} more" if len(sick) > _MAX_NAMED else ""
        message = f'environment "{name}" is not healthy: {"; ".join(sick[:_MAX_NAMED])}{more}'
        hint = "mend it first, or take what its files say: --from-files"
        raise AppError(Finding(rule="promotion-unhealthy", message=message, hint=hint))
    pins = pins_of_release(newest)
    notes = [
        _stale(name, pins, change.path) for change in differences(pins, pins_of_files(environment))
    ]
    request = with_packages(app, request, pins)
    pins = _with_digests(pins, request, newest, cluster)
    pins, problems = _with_versions(pins, request, newest, cluster)
    return pins, [*notes, *problems]


def promotion_effect(
    app: App, request: PromotionRequest, plan: PromotionPlan, promoted: Promoted
) -> PromotionEffect:
    """Return what the target becomes; nothing is written.

    Args:
        promoted: What its file shall name as brought into it last.

    Raises:
        AppError: The target would not compile, would be invalid, or would have other values.
    """
    target = request.target.name
    file = f"{ENVIRONMENTS}/{target}.yaml"
    text = read_exactly(app.root / file)
    for change in plan.parameters:
        ref = change.ref
        value = written_value(request.place, ref, change.after)
        text = set_value(text, ("components", ref.component, "params", ref.name), value, file)
    text = _with_versions_of(text, plan.packages, file)
    text = set_value(text, ("promotion", "promoted"), promoted_document(promoted), file)
    before = compile_environment(app, target).manifests
    compiled = _compiled_with(app, target, {file: text})
    if missed := list(_missed(plan, compiled.environment)):
        raise AppError(*missed)
    return PromotionEffect(texts={file: text}, before=before, after=compiled.manifests)


def _with_versions_of(text: str, changes: Sequence[FieldChange], file: str) -> str:
    for change in changes:
        text = set_value(text, ("packages", change.path), change.after, file)
    return text


def _compiled_with(app: App, target: str, texts: Mapping[str, str]) -> CompiledEnvironment:
    """Compile the target as it would be with other files.

    Raises:
        AppError: It would not compile, or would be invalid.
    """
    try:
        with overlay(app.root, texts, copied=own_sources(app)) as copy:
            compiled = compile_environment(load_app(copy), target)
    except AppError as error:
        raise AppError(_invalid(target), *error.findings) from error
    if any(finding.is_error for finding in compiled.findings):
        raise AppError(_invalid(target), *compiled.findings)
    return compiled


def check_committable(root: Path, target: str) -> None:
    """Check that a commit of the target's file would hold the promotion and nothing else.

    Raises:
        AppError: The file has edits that nobody committed; a file that git does not know has none.
        UsageError: Git refuses.
        ExternalError: There is no git.
    """
    file = f"{ENVIRONMENTS}/{target}.yaml"
    state = _git(root, "status", "--porcelain", "--", file)
    if not state.strip() or state.startswith("??"):
        return
    message = f"{file} has other edits, which the commit would take along"
    hint = "commit or stash them first, or promote without --commit and --branch"
    span = SourceSpan(file)
    raise AppError(Finding(rule="promotion-uncommitted", message=message, span=span, hint=hint))


def write_promotion(root: Path, effect: PromotionEffect, branch: str, message: str) -> str:
    """Write the target's file; with a message, commit it alone.

    Args:
        branch: A new git branch for the commit; empty for the one that is checked out.

    Returns:
        What was done, for people.

    Raises:
        UsageError: Git refuses; file and branch stay as they were.
        ExternalError: There is no git; the same.
    """
    before = {root / file: read_exactly(root / file) for file in effect.texts}
    if branch:
        _git(root, "switch", "--quiet", "--create", branch)
    write_texts({root / file: text for file, text in effect.texts.items()})
    files = tuple(effect.texts)
    if not message:
        return f"wrote {', '.join(files)}"
    is_new = not _git(root, "ls-files", "--", *files)
    try:
        if is_new:  # a new file is unknown to commit
            _git(root, "add", "--intent-to-add", "--", *files)
        _git(root, "commit", "--quiet", f"--message={message}", "--", *files)
    except KupletError:
        write_texts(before)
        if is_new:
            _git(root, "rm", "--quiet", "--cached", "--force", "--ignore-unmatch", "--", *files)
        if branch:
            _git(root, "checkout", "--quiet", "-")
            _git(root, "branch", "--quiet", "--delete", "--force", branch)
        raise
    return f"committed to {branch or _git(root, 'branch', '--show-current').strip() or 'HEAD'}"


def _with_digests(
    pins: Pins, request: PromotionRequest, release: Release, cluster: "ClusterPort"
) -> Pins:
    """Ask the pods for the digests of images to be copied, where the release has not just one."""
    copied = copied_parameters(request, pins).values()
    images = pins.images.keys() & {value for value in copied if isinstance(value, str)}
    if all(len(pins.images[image]) == 1 for image in images):
        return pins
    running = running_images(release, cluster)
    known = {image: digests for image, digests in pins.images.items() if len(digests) == 1}
    return replace(pins, images={**pins.images, **running, **known})


def _with_versions(
    pins: Pins, request: PromotionRequest, release: Release, cluster: "ClusterPort"
) -> tuple[Pins, list[Finding]]:
    """Put the version that is served in the place of "the newest", where it is to be copied.

    What nobody knows is left out, with a finding, and what the command allows to differ without.
    """
    places = status_places(release.objects)
    parameters = dict(pins.parameters)
    problems: list[Finding] = []
    for ref, value in copied_parameters(request, pins).items():
        if ref not in places or not is_newest(value):
            continue
        del parameters[ref]
        if request.allows(ref):
            continue
        try:
            parameters[ref] = _served(places[ref], cluster)
        except ExternalError as error:
            reason = error.message if isinstance(error, ApiError) else str(error)
            problems.append(_unknown_version(release, ref, places[ref], reason))
    return replace(pins, parameters=parameters), problems


def _served(place: StatusPlace, cluster: "ClusterPort") -> int:
    """Return the version of a model that is served.

    Raises:
        ExternalError: Nobody answers, or none is available.
    """
    answer = cluster.ask_service(place.namespace, place.service, place.port, place.path)
    version = served_version(answer)
    if version is None:
        message = "no version is available"
        raise ExternalError(Finding(rule="promotion-model", message=message))
    return version


def _unknown_version(
    release: Release, ref: ParameterRef, place: StatusPlace, reason: str
) -> Finding:
    return Finding(
        rule="promotion-model",
        message=f'"{ref}" is the newest version, and which one that is in'
        f" {release.environment} is unknown",
        component=ref.component,
        notes=(f"GET {place}: {reason}",),
        hint=f"set {ref} in {release.environment} to a version, or leave it out: --allow {ref}",
    )


def _not_released(name: str, newest: Release | None) -> Finding:
    hint = "apply it first, or take what its files say: --from-files"
    if newest is None:
        message = f'environment "{name}" was never applied'
        return Finding(rule="promotion-unreleased", message=message, hint=hint)
    if newest.verb is ReleaseVerb.DELETE:
        what = ", ".join(newest.components) or "everything"
        message = f'release {newest.revision} of environment "{name}" has deleted {what}'
        return Finding(rule="promotion-unreleased", message=message, hint=hint)
    state = "has failed" if newest.status is ReleaseStatus.FAILED else "is not finished"
    message = f'release {newest.revision} of environment "{name}" {state}'
    notes = (newest.problem,) if newest.problem else ()
    return Finding(rule="promotion-unreleased", message=message, notes=notes, hint=hint)


def _unhealthy(release: Release, cluster: "ClusterPort") -> Iterator[str]:
    """Yield each object of a release that is gone or not ready; finished jobs may be gone."""
    for manifest in release.manifests:
        live = cluster.read(manifest)
        if live is None:
            if kind_of(manifest.ref).life is not Life.RUN:
                yield f"{manifest.ref} is gone"
            continue
        state = readiness_of(live, cluster)
        if state.has_failed or (state.reached < Goal.READY and state.patience_s is None):
            yield f"{manifest.ref}: {state.message or 'not ready'}"


def _invalid(target: str) -> Finding:
    message = f'environment "{target}" would be invalid after this promotion, so nothing is written'
    notes = ("the findings below are about the files as they would be then",)
    return Finding(rule="promotion-invalid", message=message, environment=target, notes=notes)


def _missed(plan: PromotionPlan, found: Environment) -> Iterator[Finding]:
    """Yield a finding for everything that the edited file does not give the target after all."""
    pins = pins_of_files(found)
    missed = [
        *(item.path for item in plan.parameters if not _has(pins.parameters, item.ref, item.after)),
        *(item.path for item in plan.packages if not _has(pins.packages, item.path, item.after)),
    ]
    for path in missed:
        yield Finding(
            rule="edit-refused",
            message=f'"{path}" would not get the value that is promoted',
            environment=found.name,
            hint="edit the file by hand",
        )


def _has(values: Mapping[Key, JsonValue], key: Key, wanted: JsonValue) -> bool:
    return key in values and values[key] == wanted


def _stale(name: str, pins: Pins, path: str) -> Finding:
    message = f'the files of "{name}" say something else of {path} than release {pins.revision}'
    hint = "what the release says is promoted"
    return Finding(rule="promotion-stale", severity=Severity.NOTE, message=message, hint=hint)


def _git(root: Path, *arguments: str) -> str:
    """Run git and return what it prints.

    Raises:
        UsageError: Git refuses.
        ExternalError: There is no git.
    """
    done = run_git((*git_at(root), *arguments), purpose="a commit needs it")
    if done.returncode:
        said = text_of(done.stderr).strip() or text_of(done.stdout).strip()
        silence = f"git {arguments[0]} ends with exit code {done.returncode} and says nothing"
        hint = "" if said else "look at the hooks of git"
        message = f"git refuses: {said or silence}"
        raise UsageError(Finding(rule="git-refused", message=message, hint=hint))
    return text_of(done.stdout)
