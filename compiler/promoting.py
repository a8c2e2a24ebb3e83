"""Brings what one environment runs into the file of another one."""

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.app.app_copy import changed_copy
from compiler.app.edit_app import read_exactly, write_texts
from compiler.app.load_app import ENVIRONMENTS, load_app
from compiler.app.yaml_edit import set_value
from compiler.errors import AppError, ExternalError, UsageError
from compiler.model.app import App, Goal, Promotion
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, Origin, group_of, text_at
from compiler.model.release import Release, ReleaseStatus
from compiler.pipeline import compile_environment, open_destination, resolve_environment
from compiler.recording import releases_of
from compiler.stages.promotion import (
    Pins,
    PromotionPlan,
    differences,
    pins_of_files,
    pins_of_release,
    promotion_of,
)
from compiler.stages.readiness import readiness_of

if TYPE_CHECKING:
    from compiler.cluster.cluster import Cluster

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
    """Return what may be brought from ``source`` into ``target``.

    Raises:
        AppError: The target declares nothing, takes from another environment, or is frozen.
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
    if promotion.freeze:
        message = f'environment "{target}" is frozen: {promotion.freeze}'
        hint = "remove the freeze from its file first"
        raise AppError(
            Finding(rule="promotion-frozen", message=message, span=promotion.span, hint=hint)
        )
    return promotion


def released_pins(
    app: App, name: str, on_progress: Callable[[str], None], *, rehearse: bool
) -> tuple[Pins, list[Finding]]:
    """Return what an environment runs, and a note where its files say something else by now.

    Raises:
        AppError: It was never applied, its last apply failed, or what it runs is not healthy.
        ExternalError: Its destination cannot be used.
    """
    environment = resolve_environment(app, name)
    target = open_destination(environment, on_progress, rehearse=rehearse)
    newest = next(iter(releases_of(environment, target.cluster).all()), None)
    if newest is None or newest.status is not ReleaseStatus.SUCCEEDED:
        raise AppError(_not_released(name, newest))
    sick = list(_unhealthy(newest, target.cluster))
    if sick:
        more = f" and {len(sick) - _MAX_NAMED} more" if len(sick) > _MAX_NAMED else ""
        message = f'environment "{name}" is not healthy: {"; ".join(sick[:_MAX_NAMED])}{more}'
        hint = "mend it first, or take what its files say: --from-files"
        raise AppError(Finding(rule="promotion-unhealthy", message=message, hint=hint))
    pins = pins_of_release(newest)
    return pins, [
        _stale(name, pins, change.path) for change in differences(pins, pins_of_files(environment))
    ]


def promotion_effect(
    app: App, source: str, target: str, plan: PromotionPlan, pins: Pins
) -> PromotionEffect:
    """Return what the target becomes; nothing is written.

    Raises:
        AppError: The target would not compile, or would be invalid.
    """
    file = f"{ENVIRONMENTS}/{target}.yaml"
    text = read_exactly(app.root / file)
    for change in plan.parameters:
        component, _, name = change.path.partition(".")
        text = set_value(text, ("components", component, "params", name), change.after, file)
    for change in plan.packages:
        text = set_value(text, ("packages", change.path), change.after, file)
    text = set_value(text, ("promotion", "promoted"), _record(source, pins), file)
    before = compile_environment(app, target).manifests
    with changed_copy(app.root, {file: text}) as copy:
        compiled = compile_environment(load_app(copy), target)
    if any(finding.is_error for finding in compiled.findings):
        raise AppError(*compiled.findings)
    return PromotionEffect(texts={file: text}, before=before, after=compiled.manifests)


def write_promotion(root: Path, effect: PromotionEffect, branch: str, message: str) -> None:
    """Write the target's file; with ``branch``, as a commit on a new git branch.

    Raises:
        UsageError: Git refuses; the file stays as it was.
    """
    if branch:
        _git(root, "switch", "--quiet", "--create", branch)
    write_texts({root / file: text for file, text in effect.texts.items()})
    if branch:
        _git(root, "commit", "--quiet", f"--message={message}", "--", *effect.texts)


def _record(source: str, pins: Pins) -> JsonObject:
    record: JsonObject = {"from": source}
    if pins.revision:
        record["revision"] = pins.revision
    if pins.commit:
        record["commit"] = pins.commit
    return record


def _not_released(name: str, newest: Release | None) -> Finding:
    hint = "apply it first, or take what its files say: --from-files"
    if newest is None:
        message = f'environment "{name}" was never applied'
        return Finding(rule="promotion-unreleased", message=message, hint=hint)
    state = "has failed" if newest.status is ReleaseStatus.FAILED else "is not finished"
    message = f'release {newest.revision} of environment "{name}" {state}'
    notes = (newest.problem,) if newest.problem else ()
    return Finding(rule="promotion-unreleased", message=message, notes=notes, hint=hint)


def _unhealthy(release: Release, cluster: "Cluster") -> Iterator[str]:
    """Yield each object of a release that is gone or not ready; finished jobs may be gone."""
    for body in release.objects:
        manifest = _manifest(body)
        live = cluster.read(manifest)
        if live is None:
            if manifest.ref.group not in {"batch", "kubeflow.org"}:
                yield f"{manifest.ref} is gone"
            continue
        state = readiness_of(live, cluster)
        if state.has_failed or (state.reached < Goal.READY and state.patience_s is None):
            yield f"{manifest.ref}: {state.message or 'not ready'}"


def _manifest(body: JsonObject) -> Manifest:
    ref = ObjectRef(
        group=group_of(text_at(body, "apiVersion")),
        kind=text_at(body, "kind"),
        namespace=text_at(body, "metadata", "namespace"),
        name=text_at(body, "metadata", "name"),
    )
    return Manifest(ref=ref, body=body, origin=Origin(component="", file="the release"))


def _stale(name: str, pins: Pins, path: str) -> Finding:
    message = f'the files of "{name}" say something else of {path} than release {pins.revision}'
    hint = "what the release says is promoted"
    return Finding(rule="promotion-stale", severity=Severity.NOTE, message=message, hint=hint)


def _git(root: Path, *arguments: str) -> None:
    command = ("git", "-C", str(root), *arguments)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  no shell
    except FileNotFoundError as error:
        message = "a branch needs the program git, which is not in PATH"
        raise ExternalError(Finding(rule="git-missing", message=message)) from error
    if done.returncode:
        message = f"git refuses: {done.stderr.strip() or done.stdout.strip()}"
        raise UsageError(Finding(rule="git-refused", message=message))
