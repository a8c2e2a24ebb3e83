"""Compares objects: two sets of them, or a live one with what an apply would make of it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from compiler.model.app import Goal
from compiler.model.change import Action, FieldChange, ObjectChange
from compiler.model.difference import ObjectDifference
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.manifest import Manifest, mapping_at
from compiler.model.owner import base_name, without_environment
from compiler.model.secret import GENERATE, is_secret, masked, masked_pair

Key: TypeAlias = Callable[[Manifest], tuple[str, ...]]

# What the server writes itself and nobody asks for.
_SERVER_METADATA = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)
_STEP = re.compile(r'\["(?P<quoted>[^"]*)"\]|\[(?P<item>[^\]]*)\]|(?P<key>[^.\[]+)')  # of a path
_SERVER_STEP = re.compile(r"\[(?P<item>[^\]]*)\]|(?P<key>[^.\[]+)")  # of a path in its messages
_SERVER_ANNOTATIONS = ("deployment.kubernetes.io/revision",)


def normalised(body: JsonObject) -> JsonObject:
    """Return an object without its status and the metadata that the server writes."""
    metadata = {
        key: value
        for key, value in mapping_at(body, "metadata").items()
        if key not in _SERVER_METADATA
    }
    annotations = mapping_at(metadata, "annotations")
    kept = {key: value for key, value in annotations.items() if key not in _SERVER_ANNOTATIONS}
    if kept.keys() != annotations.keys():
        metadata["annotations"] = kept
    rest = {key: value for key, value in body.items() if key not in ("metadata", "status")}
    return {**rest, "metadata": metadata}


def created(manifest: Manifest, note: str = "") -> ObjectChange:
    """Return the change of an object that does not exist yet."""
    _, after = masked_pair({}, normalised(manifest.body))
    return ObjectChange(
        manifest=manifest,
        action=Action.CREATE,
        before=None,
        after=after,
        generates=tuple(generated_keys(manifest.body)),
        note=note,
        is_unchecked=bool(note),
    )


def new_run(change: ObjectChange, previous: Manifest) -> ObjectChange:
    """Return the creation of a run with what differs from the run before it."""
    before, after = masked_pair(normalised(previous.body), change.after)
    fields = field_changes(_without_identity(before), _without_identity(after))
    return replace(
        change,
        before=before,
        after=after,
        fields=tuple(fields),
        note=f"a new run, after {previous.ref.name}",
    )


def _without_identity(body: JsonObject) -> JsonObject:
    return {key: value for key, value in body.items() if key != "metadata"}


def compared(manifest: Manifest, live: JsonObject, merged: JsonObject) -> ObjectChange:
    """Return the change from the live object to what the server would make of it.

    Values of Secrets are masked here, before anything can show or record them.
    """
    before, after = masked_pair(normalised(live), normalised(merged))
    fields = tuple(field_changes(before, after))
    missing = [key for key in generated_keys(manifest.body) if key not in mapping_at(live, "data")]
    is_changed = missing or not same(before, after)
    return ObjectChange(
        manifest=manifest,
        action=Action.UPDATE if is_changed else Action.KEEP,
        before=before,
        after=after,
        live=masked(live),
        fields=fields,
        generates=tuple(missing),
    )


def replaced(
    manifest: Manifest, live: JsonObject, reason: str, merged: JsonObject | None = None
) -> ObjectChange:
    """Return the change of an object that has to go before it can be made anew.

    Args:
        merged: What it will be like, where that is known better than by its manifest.
    """
    before, after = masked_pair(normalised(live), normalised(merged or manifest.body))
    return ObjectChange(
        manifest=manifest,
        action=Action.REPLACE,
        before=before,
        after=after,
        live=masked(live),
        fields=tuple(field_changes(before, after)) if merged else (),
        generates=tuple(generated_keys(manifest.body)),
        note=reason,
    )


def removed(manifest: Manifest, live: JsonObject, kept_because: str = "") -> ObjectChange:
    """Return the change of an object that shall go, unless there is a reason to keep it."""
    before, after = masked_pair(normalised(live), {})
    return ObjectChange(
        manifest=manifest,
        action=Action.KEEP if kept_because else Action.DELETE,
        before=before,
        after=before if kept_because else after,
        live=masked(live),
        note=kept_because,
    )


def ended(manifest: Manifest, goal: Goal) -> ObjectChange:
    """Return that nothing is done for a run that has removed itself.

    Args:
        goal: How far it had come when it was seen.
    """
    _, after = masked_pair({}, normalised(manifest.body))
    is_complete = goal is Goal.COMPLETED
    words = "completed" if is_complete else "whether it completed was not seen"
    return ObjectChange(
        manifest=manifest,
        action=Action.KEEP,
        before=after,
        after=after,
        note=f"it has removed itself after its time to live; {words}",
        has_ended=is_complete,
    )


def generated_keys(body: JsonObject) -> dict[str, int]:
    """Return the keys, with their lengths, of a Secret that are made up during the apply."""
    if not is_secret(body):
        return {}
    wanted = mapping_at(body, "metadata", "annotations").get(GENERATE)
    pairs = (item.partition(":") for item in str(wanted or "").split())
    return {key: int(length) for key, _, length in pairs}


def field_changes(before: JsonValue, after: JsonValue, path: str = "") -> Iterator[FieldChange]:
    """Yield every leaf that differs, sorted by path; list items are matched by ``name``.

    Items that stand in another order are a change of their own, ``PATH (order)``: containers start
    in theirs, and variables may use those before them.
    """
    if same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        keys = sorted({*before, *after})
        yield from _child_changes(before, after, {key: field_below(path, key) for key in keys})
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list_changes(before, after, path)
    else:
        yield FieldChange(path=path, before=before, after=after)


def _child_changes(
    before: JsonObject, after: JsonObject, paths: Mapping[str, str]
) -> Iterator[FieldChange]:
    """Yield what differs below some keys; one that is null is another thing than one not there."""
    for key, path in paths.items():
        if key in before and key in after:
            yield from field_changes(before[key], after[key], path)
        else:
            yield FieldChange(path=path, before=before.get(key), after=after.get(key))


def field_below(path: str, key: str) -> str:
    """Return the path of a field in an object at a path."""
    if not path:
        return key
    return f'{path}["{key}"]' if "." in key or "/" in key else f"{path}.{key}"


def path_steps(path: str) -> list[str]:
    """Return the names of fields and items through which a path leads."""
    return [step["key"] or step["quoted"] or step["item"] for step in _STEP.finditer(path)]


def value_below(value: JsonValue, path: str) -> JsonValue:
    """Return what stands at a path as differences write it; ``None`` where nothing does."""
    for name in path_steps(path):
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list):
            value = dict(zip(item_names(value), value, strict=True)).get(name)
        else:
            return None
    return value


def path_in(value: JsonValue, field: str) -> str:
    """Return a path in a value, as the server's messages write it, as differences write it.

    The server counts the items of lists (``containers[0]``), differences name them.
    """
    path = ""
    for step in _SERVER_STEP.finditer(field):
        name = step["key"] or step["item"]
        if isinstance(value, list):
            names = _names(value) or _numbers(value)
            items = dict(zip(_numbers(value), zip(names, value, strict=True), strict=True))
            name, value = items.get(name, (name, None))
            path = f"{path}[{name}]"
        else:
            path = field_below(path, name)
            value = value.get(name) if isinstance(value, dict) else None
    return path


def _list_changes(
    before: list[JsonValue], after: list[JsonValue], path: str
) -> Iterator[FieldChange]:
    old_names, new_names = _names(before), _names(after)
    is_named = old_names is not None and new_names is not None
    olds = old_names if old_names is not None and is_named else _numbers(before)
    news = new_names if new_names is not None and is_named else _numbers(after)
    old, new = dict(zip(olds, before, strict=True)), dict(zip(news, after, strict=True))
    yield from _child_changes(old, new, {name: f"{path}[{name}]" for name in {**old, **new}})
    if [name for name in olds if name in new] != [name for name in news if name in old]:
        yield FieldChange(path=f"{path} (order)", before=[*olds], after=[*news])


def item_names(items: Sequence[JsonValue]) -> list[str]:
    """Return how differences call the items of a list."""
    return _names(items) or _numbers(items)


def _numbers(items: Sequence[JsonValue]) -> list[str]:
    return [str(index) for index in range(len(items))]


def _names(items: Sequence[JsonValue]) -> list[str] | None:
    """Return the names of the items, or ``None`` unless each has one of its own."""
    names = [item.get("name") for item in items if isinstance(item, dict)]
    texts = [name for name in names if isinstance(name, str)]
    return texts if len(texts) == len(items) == len(set(texts)) else None


def by_ref(item: Manifest) -> tuple[str, ...]:
    """Align objects by what they are to a cluster; runs of a job are the same thing."""
    return item.ref.group, item.ref.kind, item.ref.namespace, base_name(item.body)


def by_name(item: Manifest) -> tuple[str, ...]:
    """Align objects by component, kind and name: their namespaces may differ."""
    return item.origin.component, item.ref.group, item.ref.kind, item.ref.name


def by_place(item: Manifest) -> tuple[str, ...]:
    """Align objects by their place in the component: one with a new name stays the same."""
    return item.origin.component, item.origin.path


def compare(
    before: Iterable[Manifest], after: Iterable[Manifest], key: Key
) -> list[ObjectDifference]:
    """Return the objects that differ, sorted by the key that they are aligned by."""
    old, new = ({key(item): item for item in side} for side in (before, after))
    pairs = ((old.get(each), new.get(each)) for each in sorted({*old, *new}))
    return [_difference(*pair) for pair in pairs if not _is_same(*pair)]


def compare_environments(
    first: Iterable[Manifest], second: Iterable[Manifest]
) -> list[ObjectDifference]:
    """Return the objects that differ between two environments, with both sides masked.

    What must differ is left out: the namespace that kuplet set and the label with the environment's
    name.
    """
    found = compare(map(_anywhere, first), map(_anywhere, second), by_name)
    return [item.masked for item in found]


def _is_same(before: Manifest | None, after: Manifest | None) -> bool:
    return before is not None and after is not None and same(before.body, after.body)


def _difference(before: Manifest | None, after: Manifest | None) -> ObjectDifference:
    if before is None or after is None:
        return ObjectDifference(before=before, after=after)
    fields = tuple(field_changes(*masked_pair(before.body, after.body)))
    return ObjectDifference(before=before, after=after, fields=fields)


def _anywhere(item: Manifest) -> Manifest:
    metadata = {
        **mapping_at(item.body, "metadata"),
        "labels": without_environment(item.labels),
    }
    metadata.pop("namespace", None)
    return replace(item, body={**item.body, "metadata": metadata})
