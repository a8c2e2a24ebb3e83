"""Works out what a promotion makes of its target: the new file, and what that compiles to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from compiler.errors import AppError
from compiler.formats.kuplet.load import ENVIRONMENTS, load_app, own_sources
from compiler.formats.overlay import overlay
from compiler.model.app import App
from compiler.model.change import FieldChange
from compiler.model.compiled import CompiledEnvironment
from compiler.model.manifest import Manifest
from compiler.model.promotion import Promoted
from compiler.stages.promotion.findings import invalid, missed
from compiler.stages.promotion.promoted import promoted_document
from compiler.stages.promotion.promotion import (
    Pins,
    PromotionPlan,
    PromotionRequest,
    package_changes,
    written_value,
)
from compiler.text.files import read_exactly
from compiler.text.yaml_edit import set_value
from compiler.verbs.compile import compile_environment, resolve_environment


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionEffect:
    """What a promotion would write, and what that does to the target.

    Attributes:
        texts: The new text of each file, by its path in the app.
        replaced: The text that each of them had.
        before: The target's objects now.
        after: Its objects then.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    replaced: Mapping[str, str] = field(default_factory=dict)
    before: Sequence[Manifest] = ()
    after: Sequence[Manifest] = ()


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
        text = _with_versions_of(read_exactly(app.root / file, app.root), changes, file)
        with overlay(app.root, {file: text}, copied=own_sources(app)) as copy:
            return replace(request, future=resolve_environment(load_app(copy), name))
    except AppError:
        return request


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
    text = old = read_exactly(app.root / file, app.root)
    for change in plan.parameters:
        ref = change.ref
        value = written_value(request.place, ref, change.after)
        text = set_value(text, ("components", ref.component, "params", ref.name), value, file)
    text = _with_versions_of(text, plan.packages, file)
    text = set_value(text, ("promotion", "promoted"), promoted_document(promoted), file)
    before = compile_environment(app, target).manifests
    compiled = _compiled_with(app, target, {file: text})
    if lost := list(missed(plan, compiled.environment)):
        raise AppError(*lost)
    return PromotionEffect(
        texts={file: text}, replaced={file: old}, before=before, after=compiled.manifests
    )


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
        raise AppError(invalid(target), *error.findings) from error
    if any(finding.is_error for finding in compiled.findings):
        raise AppError(invalid(target), *compiled.findings)
    return compiled
