"""Renders what an apply would change: coloured unified YAML, a summary line, JSON."""

import difflib
import shutil
from collections.abc import Callable, Iterator, Sequence

from compiler.cli.report.languages import json_text, styled
from compiler.cli.report.object_yaml import object_yaml, shown_yaml
from compiler.model.change import Action, Comparison, ObjectChange, ParameterDifference
from compiler.model.difference import ObjectDifference
from compiler.model.json import JsonObject, JsonValue
from compiler.model.plan import Plan, Step
from compiler.stages.flow import flow_text
from compiler.stages.plan_document import conflict_document
from compiler.stages.words import counted

# What JSON calls the actions.
ACTION_WORDS = {
    Action.CREATE: "create",
    Action.UPDATE: "change",
    Action.ADOPT: "change",
    Action.REPLACE: "replace",
    Action.DELETE: "delete",
    Action.KEEP: "nothing",
}
LONGEST = 100  # lines; a definition of a kind has thousands
_HEAD = 3  # lines that are no content
_LINE_COLORS = {"+": "green", "-": "red", "@": "cyan"}


def comparison_text(comparison: Comparison) -> str:
    """Return every created and changed object as a unified diff of its YAML."""
    changed = [item for item in comparison.changes if item.action is not Action.KEEP]
    stays = [item for item in comparison.changes if item.has_left and item.action is Action.KEEP]
    lines = [f"= {item.manifest.ref} left the app and is kept: {item.note}\n" for item in stays]
    return "".join([*(_change_text(change) for change in changed), *lines])


def summary_text(comparison: Comparison | Plan) -> str:
    """Return one line that counts what would happen."""
    create = comparison.count(Action.CREATE)
    change = comparison.count(Action.UPDATE, Action.ADOPT)
    replace, remove = comparison.count(Action.REPLACE), comparison.count(Action.DELETE)
    stays = _that_stay(comparison)
    kept = f", {stays} left the app and {'stay' if stays > 1 else 'stays'}" if stays else ""
    same = comparison.count(Action.KEEP) - stays
    unseen = len(comparison.unseen) if isinstance(comparison, Comparison) else 0
    if not (create or change or replace or remove or unseen):
        more = sum(bool(change.leftover) for change in _changes_of(comparison))
        tail = f", {more} with more than the app says" if more else ""
        well = same - more
        are = "is as it" if well == 1 else "are as they"
        return f"no changes: {counted(well, 'object')} {are} should be{tail}{kept}"
    replaced = f", {replace} to replace" if replace else ""
    removed = f", {remove} to remove" if remove else ""
    unknown = f", {unseen} could not be compared" if unseen else ""
    return (
        f"{create} to create, {change} to change{replaced}{removed}, {same} unchanged"
        f"{unknown}{kept}"
    )


def _that_stay(comparison: Comparison | Plan) -> int:
    """Return how many objects left the app and stay in the cluster."""
    if isinstance(comparison, Comparison):
        changes = comparison.changes
        return sum(item.has_left and item.action is Action.KEEP for item in changes)
    return sum(step.action is Action.KEEP and bool(step.why) for step in comparison.steps)


def _changes_of(comparison: Comparison | Plan) -> Sequence[ObjectChange | Step]:
    return comparison.changes if isinstance(comparison, Comparison) else comparison.steps


def comparison_json(comparison: Comparison) -> str:
    """Return every object with its action, the fields that differ, and both sides."""
    document = {
        "apiVersion": "kuplet.dev/v1",
        "kind": "Diff",
        "summary": {
            word: comparison.count(*(action for action in Action if ACTION_WORDS[action] == word))
            for word in ("create", "change", "replace", "delete", "nothing")
        },
        "objects": [_change_json(change) for change in comparison.changes],
    }
    return json_text(document)


def changed_lines(before: JsonValue, after: JsonValue) -> Iterator[str]:
    """Yield the coloured lines that differ between two values, either of which may be missing."""
    old, new = ([] if side is None else shown_yaml(side).splitlines() for side in (before, after))
    for line in difflib.ndiff(old, new):
        if line[:1] in "+-":
            yield styled(line, fg=_LINE_COLORS[line[:1]])


def unified_yaml(before: JsonObject | None, after: JsonObject | None, name: str) -> Iterator[str]:
    """Yield the coloured lines of a unified diff of two objects."""
    render: Callable[[JsonObject], str] = shown_yaml
    if before and after and render(before) == render(after):
        render = object_yaml  # they differ in what the marks hide
    old, new = (render(side).split("\n")[:-1] if side else [] for side in (before, after))
    labels = (name if before else "/dev/null", name if after else "/dev/null")
    for line in difflib.unified_diff(old, new, *labels, lineterm=""):
        is_header = line.startswith(("--- ", "+++ "))
        yield (
            styled(line, bold=True) if is_header else styled(line, fg=_LINE_COLORS.get(line[:1]))
        )


def parameter_lines(change: ParameterDifference) -> Iterator[str]:
    """Yield a parameter that differs: in one line if it fits, or line by line of its value."""
    before, after = (
        "not set" if side is None else flow_text(side) for side in (change.before, change.after)
    )
    line = f"    {change.path}: {before} → {after}"
    if len(line) <= shutil.get_terminal_size().columns:
        yield line
        return
    yield f"    {change.path}:"
    yield from (f"      {line}" for line in changed_lines(change.before, change.after))


def _change_text(change: ObjectChange) -> str:
    name = change.manifest.ref.qualified
    lines = list(unified_yaml(change.before, change.after, name)) or [styled(name, bold=True)]
    lines += [f"  # {key}: made up at the first apply" for key in change.generates]
    if change.action is Action.REPLACE:
        lines.append(f"  # replaced: {change.note}")
    if change.is_unchecked:
        lines.append(f"  # {change.note}: not checked by the server")
    return "\n".join(lines) + "\n"


def _change_json(change: ObjectChange) -> JsonObject:
    ref = change.manifest.ref
    return {
        "apiVersion": change.manifest.api_version,
        "kind": ref.kind,
        "namespace": ref.namespace,
        "name": ref.name,
        "component": change.manifest.origin.component,
        "action": ACTION_WORDS[change.action],
        "fields": [
            {"path": item.path, "before": item.before, "after": item.after}
            for item in change.fields
        ],
        "generates": list(change.generates),
        "leftover": list(change.leftover),
        "conflicts": [conflict_document(item) for item in change.conflicts],
        "note": change.note,
        "left": change.has_left,
        "before": change.before,
        "after": change.after,
    }


def environments_text(
    differences: Sequence[ObjectDifference], longest: int | None = LONGEST
) -> str:
    """Return the unified diff of each object that differs, with its component and name.

    Args:
        longest: How many lines of an object that only one side has are shown; ``None`` for all.
    """
    blocks = ("\n".join(_environment_lines(item, longest)) for item in differences)
    return "".join(f"{block}\n" for block in blocks if block)


def _environment_lines(difference: ObjectDifference, longest: int | None) -> Iterator[str]:
    manifest = difference.manifest
    name = f"{manifest.origin.component}: {manifest.ref}"
    lines = list(unified_yaml(*difference.bodies, name))
    is_whole = difference.before and difference.after
    if is_whole or longest is None or len(lines) <= longest + _HEAD:
        yield from lines
        return
    yield from lines[: longest + _HEAD]
    yield f"… {len(lines) - longest - _HEAD} more lines"
