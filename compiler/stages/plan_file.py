"""Writes a plan into a file for a reviewer, and says what has moved since it was written."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compiler.errors import AppError
from compiler.model.change import Action
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, same
from compiler.model.manifest import (
    ObjectRef,
    Origin,
    list_at,
    manifest_of,
    mapping_at,
    objects_at,
    text_at,
)
from compiler.model.plan import Plan
from compiler.model.release import ReleaseVerb
from compiler.model.secret import looks_secret
from compiler.stages.plan_document import API_VERSION, KIND, plan_document

_MAX_FIELDS = 5
_INCIDENTAL = ("origin", "seen", "needs", "why", "object", "conflicts")
_NO_ORIGIN = Origin(component="", file="the plan")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """A plan that somebody has reviewed.

    Attributes:
        document: The plan, as `plan_document` gives it.
        components: The only ones that it is about; empty for all.
        digest: Of what the app's files said, without anything that is secret.
        tool: The version of kuplet that made it.
        options: What its maker said about the apply, by the names of the flags.
    """

    document: JsonObject
    components: tuple[str, ...]
    digest: str
    tool: str
    options: Mapping[str, bool]

    @property
    def environment(self) -> str:
        """The environment that it is for."""
        return text_at(self.document, "environment")

    @property
    def as_json(self) -> JsonObject:
        """All of it."""
        return {
            **self.document,
            "digest": self.digest,
            "tool": self.tool,
            "components": list(self.components),
            "options": dict(self.options),
        }


def plan_file_of(document: JsonObject) -> PlanFile:
    """Return the file that a document is.

    Raises:
        AppError: It is no plan of an apply.
    """
    is_plan = (document.get("apiVersion"), document.get("kind")) == (API_VERSION, KIND)
    options = mapping_at(document, "options")
    is_whole = is_plan and options and isinstance(document.get("steps"), list)
    if not is_whole or document.get("verb") != ReleaseVerb.APPLY:
        message = "this is no plan of an apply, as kuplet plan writes it"
        raise AppError(Finding(rule="plan-file", message=message, hint="make the plan again"))
    return PlanFile(
        document=document,
        components=tuple(map(str, list_at(document, "components"))),
        digest=text_at(document, "digest"),
        tool=text_at(document, "tool"),
        options={name: value is True for name, value in options.items()},
    )


def refusals(file: PlanFile, plan: Plan, digest: str, tool: str) -> Iterator[Finding]:
    """Yield why a reviewed plan can be carried out no more, whatever anybody accepts.

    Args:
        plan: What would be done now.
        digest: Of what the app's files say now.
    """
    hint = "make the plan again, and have it reviewed"
    now = plan_document(plan)
    if file.tool != tool:
        message = f"the plan was made by {file.tool}, and this is {tool}"
        yield Finding(rule="plan-stale", message=message, hint=hint)
    for what in ("app", "environment", "owner", "target"):
        if not same(file.document.get(what), now.get(what)):
            message = f"the plan is for another {what}: {_words(file.document, what)}, and not"
            yield Finding(rule="plan-stale", message=f"{message} {_words(now, what)}", hint=hint)
    if file.digest != digest:
        message = "the app's files say something else than when the plan was made"
        yield Finding(rule="plan-stale", message=message, hint=hint)


def _words(document: JsonObject, what: str) -> str:
    value = document.get(what)
    parts = value.values() if isinstance(value, dict) else [value]
    return ", ".join(str(part) for part in parts if part)


def moved(file: PlanFile, plan: Plan) -> Iterator[Finding]:
    """Yield a finding for each object to which something else would be done now than planned."""
    planned = {_name(step): step for step in objects_at(file.document, "steps")}
    document = plan_document(plan)
    now = {_name(step): step for step in objects_at(document, "steps")}
    barriers_before, barriers_now = _barriers(file.document), _barriers(document)
    for name in dict.fromkeys([*planned, *now]):
        before, after = planned.get(name), now.get(name)
        is_same = same(_essence(before), _essence(after))
        is_idle = not _essence(after)
        if not (is_same and (is_idle or barriers_before.get(name) == barriers_now.get(name))):
            yield Finding(
                rule="plan-moved",
                message=f"{name} has moved since the plan was made: planned was"
                f" {_deed(before)}, now it would be {_deed(after)}",
                object=name,
                hint="make the plan again, or accept what has moved: --accept-drift",
            )


def _barriers(document: JsonObject) -> Mapping[str, set[str]]:
    """Return digests of what stands before each object that waits with many others."""
    found: dict[str, set[str]] = {}
    for barrier in objects_at(document, "barriers"):
        what = json.dumps([sorted(map(str, list_at(barrier, "needed"))), barrier.get("until")])
        digest = hashlib.sha256(what.encode()).hexdigest()
        for ref in list_at(barrier, "dependents"):
            group, kind, namespace, name = map(str, ref if isinstance(ref, list) else ())
            found.setdefault(ObjectRef(group, kind, namespace, name).qualified, set()).add(digest)
    return found


def _name(step: JsonObject) -> str:
    return manifest_of(mapping_at(step, "object"), _NO_ORIGIN).ref.qualified


def _essence(step: JsonObject | None) -> JsonObject:
    """Return what a step does, and to which object: not where in the files it is from.

    Where nothing is done it does not matter to what. An object's version moves with its status;
    that of a Secret only with its values, which the plan does not show.
    """
    if step is None or step.get("action") == Action.KEEP:
        return {}
    seen = mapping_at(step, "seen")
    is_secret = looks_secret(mapping_at(step, "object"))
    return {
        **{key: value for key, value in step.items() if key not in _INCIDENTAL},
        "object": _decided(step),
        "uid": seen.get("uid"),
        "version": seen.get("resourceVersion") if is_secret else None,
        "needs": [[need.get("object"), need.get("until")] for need in objects_at(step, "needs")],
    }


def _decided(step: JsonObject) -> JsonObject:
    """Return the object of a step without the replicas that its autoscaler chooses anew."""
    body = mapping_at(step, "object")
    if not step.get("scaler") or step.get("action") == Action.CREATE:
        return body
    spec = {key: value for key, value in mapping_at(body, "spec").items() if key != "replicas"}
    return {**body, "spec": spec}


def _deed(step: JsonObject | None) -> str:
    """Return what a step does, in a few words."""
    if step is None:
        return "nothing"
    paths = [text_at(field, "path") for field in objects_at(step, "fields")]
    more = f" and {len(paths) - _MAX_FIELDS} more" if len(paths) > _MAX_FIELDS else ""
    fields = f" ({', '.join(paths[:_MAX_FIELDS])}{more})" if paths else ""
    uid = text_at(step, "seen", "uid")
    which = f" of {uid[:8]}" if uid else ""
    return f"{text_at(step, 'action')}{which}{fields}"
