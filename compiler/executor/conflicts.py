"""Applies objects of which others may own fields, and settles who wins.

The server refuses a whole apply when one field is owned by somebody else with another value. What
is left to others is taken out of what is sent; what is taken from them is taken from the very
object that was looked at.
"""

import copy
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from compiler.errors import ExternalError
from compiler.executor.autoscaling import REPLICAS
from compiler.executor.field_owners import child, remove, same_amounts
from compiler.executor.leftovers import Steps, value_of
from compiler.executor.port import FIELD_MANAGER, ApiError, ClusterPort
from compiler.executor.remarks import conflict_finding
from compiler.executor.shared_fields import Request
from compiler.model.conflict import ConflictPolicy, ConflictRule, FieldConflict, Writer
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, mapping_at, objects_at, text_at
from compiler.model.secret import MASK, looks_secret, masked
from compiler.stages.conflicts import rule_for, strictest
from compiler.stages.diff import field_below, item_names

_ATTEMPTS = 10  # a status that is written meanwhile costs one
_OWNER = re.compile(r'conflict with "([^"]+)"(?: with subresource "([^"]+)")?')
_VALUE = r'(?:"(?:[^"\\]|\\.)*"|[^,\]"]+)'
_ITEM = re.compile(rf"\[(\w*={_VALUE}(?:,\w+={_VALUE})*)\]")  # as structured-merge-diff writes it
_KEY = re.compile(rf"(\w*)=({_VALUE})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stance:
    """What is done about fields of an object that others own with another value.

    Attributes:
        rules: What the app says.
        force: Whether those are taken of which no rule says anything.
        adopted: Tools whose fields are ours from now on.
        scaler: The autoscaler that decides how many replicas there are; empty if none does.
    """

    rules: tuple[ConflictRule, ...] = ()
    force: bool = False
    adopted: frozenset[str] = frozenset()
    scaler: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of an apply.

    Attributes:
        live: The object as the server has it then.
        left: Where the fields are that were not sent.
    """

    live: JsonObject
    left: tuple[Steps, ...] = ()
    conflicts: tuple[FieldConflict, ...] = ()


class ContestedError(ExternalError):
    """Others own fields, and nobody has said that they are taken or left.

    Attributes:
        conflicts: All of the object, also those that are settled.
        left: Where the fields are that would not be sent.
    """

    def __init__(
        self, manifest: Manifest, conflicts: Sequence[FieldConflict], left: tuple[Steps, ...]
    ) -> None:
        self.conflicts = tuple(conflicts)
        self.left = left
        open_ones = [item for item in conflicts if item.policy is ConflictPolicy.FAIL]
        super().__init__(*(conflict_finding(manifest, item) for item in open_ones))


@dataclass(frozen=True, slots=True)
class _Contested:
    """A field as the server complains about it; without steps it is not found again."""

    text: str
    owners: tuple[Writer, ...]
    steps: Steps | None


def send(
    cluster: ClusterPort,
    manifest: Manifest,
    request: Request,
    stance: Stance,
    *,
    dry_run: bool = False,
) -> Sent:
    """Apply an object, and settle what is contested.

    That its controllers own fields is no conflict, as far as their part is in what is sent. Whether
    it may run is left to them: nobody takes that unasked.

    Raises:
        ContestedError: Something is contested, and nothing says who wins.
        ApiError: The server refuses it, or somebody changes the object again and again.
    """
    try:
        return Sent(live=cluster.apply(request.body, dry_run=dry_run))
    except ApiError as failure:
        if not failure.is_conflict:
            raise
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _Settling(cluster, manifest, request, stance).sent(dry_run=dry_run)
        except ApiError as failure:
            if not failure.is_race or attempt == _ATTEMPTS:
                raise
    raise AssertionError("the last attempt returns or raises")


class _Settling:
    """Settles the conflicts of one object, as long as nobody changes it."""

    def __init__(
        self, cluster: ClusterPort, manifest: Manifest, request: Request, stance: Stance
    ) -> None:
        self._cluster = cluster
        self._manifest = manifest
        self._request = request
        self._stance = stance
        self._seen = cluster.read(manifest) or {}
        self._left: tuple[Steps, ...] = ()
        self._found: dict[str, FieldConflict] = {}

    def sent(self, *, dry_run: bool) -> Sent:
        """Apply what is not left to others.

        Raises:
            ContestedError: Nothing says who wins.
            ApiError: The server refuses it, or somebody has changed the object.
        """
        body = self._body
        try:
            return self._done(self._cluster.apply(body, dry_run=dry_run))
        except ApiError as failure:
            if not failure.is_conflict:
                raise
            before = self._left
            self._judge(failure)
        if self._left != before:
            return self.sent(dry_run=dry_run)
        return self._done(self._cluster.apply(body, dry_run=dry_run, force=True))

    @property
    def _body(self) -> JsonObject:
        """What is sent, if the object is still as it was seen."""
        body = without(self._request.body, self._left)
        version = text_at(self._seen, "metadata", "resourceVersion")
        seen: JsonObject = {"resourceVersion": version} if version else {}
        return {**body, "metadata": {**mapping_at(body, "metadata"), **seen}}

    def _done(self, live: JsonObject) -> Sent:
        return Sent(live=live, left=self._left, conflicts=tuple(self._found.values()))

    def _judge(self, failure: ApiError) -> None:
        """Note what becomes of each field that the server complains about.

        Raises:
            ContestedError: Nothing says what.
        """
        judged = [
            self._judged(item) for item in _contested(failure, self._seen, self._request.body)
        ]
        self._found |= {found.path: found for found, _ in judged if not self._is_usual(found)}
        left = (steps for found, steps in judged if found.policy is ConflictPolicy.LEAVE)
        self._left = (*self._left, *(steps for steps in left if steps))
        if any(found.policy is ConflictPolicy.FAIL for found, _ in judged):
            raise ContestedError(self._manifest, tuple(self._found.values()), self._left)

    def _judged(self, item: _Contested) -> tuple[FieldConflict, Steps | None]:
        asked, steps = self._request.body, item.steps
        path = path_of(asked, steps) if steps else item.text.removeprefix(".")
        sayings = [self._saying(path, owner) for owner in item.owners]
        policy = strictest(said for said, _ in sayings)
        if policy is ConflictPolicy.LEAVE and not steps:
            policy = ConflictPolicy.FAIL
        rule = next((rule for said, rule in sayings if rule and said is policy), None)
        found = FieldConflict(
            path=path,
            owners=item.owners,
            live=shown_at(self._seen, steps or ()),
            asked=shown_at(asked, steps or ()),
            policy=policy,
            rule=rule,
            scaler=self._stance.scaler if path == REPLICAS else "",
        )
        return found, steps

    def _saying(self, path: str, owner: Writer) -> tuple[ConflictPolicy, ConflictRule | None]:
        """Return what is done about a field of one owner, and the rule that says so."""
        stance = self._stance
        if stance.scaler and path == REPLICAS:
            return ConflictPolicy.LEAVE, None
        if self._is_ours(path, owner):
            return ConflictPolicy.TAKE, None
        rule = rule_for(stance.rules, self._manifest.ref.kind, path, owner.manager)
        if rule:
            return rule.policy, rule
        return ConflictPolicy.TAKE if stance.force else ConflictPolicy.FAIL, None

    def _is_ours(self, path: str, owner: Writer) -> bool:
        managers = self._request.managers | self._stance.adopted
        return owner.manager in managers and not path.endswith(".suspend")

    def _is_usual(self, found: FieldConflict) -> bool:
        """Return whether a conflict is none: its controllers' part is in what is sent."""
        is_taken = found.policy is ConflictPolicy.TAKE and not found.rule
        return is_taken and all(self._is_ours(found.path, owner) for owner in found.owners)


def foreseen(
    live: JsonObject, manifest: Manifest, body: JsonObject, rules: Iterable[ConflictRule]
) -> tuple[tuple[Steps, ...], tuple[FieldConflict, ...]]:
    """Return what would be left to others, as far as it shows: the server cannot be asked.

    Args:
        body: What would be sent.
    """
    rules = [*rules]
    left: list[Steps] = []
    found: list[FieldConflict] = []
    for owner, steps in _differing(live, body):
        path = path_of(body, steps)
        rule = rule_for(rules, manifest.ref.kind, path, owner.manager)
        if rule and rule.policy is ConflictPolicy.LEAVE:
            left.append(steps)
            found.append(
                FieldConflict(
                    path=path,
                    owners=(owner,),
                    live=shown_at(live, steps),
                    asked=shown_at(body, steps),
                    policy=rule.policy,
                    rule=rule,
                )
            )
    return tuple(left), tuple({item.path: item for item in found}.values())


def _differing(live: JsonObject, body: JsonObject) -> Iterator[tuple[Writer, Steps]]:
    """Yield the fields that others own, and that are not as they would be sent."""
    for item in objects_at(live, "metadata", "managedFields"):
        manager, time, part = (text_at(item, key) for key in ("manager", "time", "subresource"))
        if manager == FIELD_MANAGER or part == "status":
            continue
        for steps in _leaves(mapping_at(item, "fieldsV1"), body, ()):
            if not same_amounts(value_of(live, steps), value_of(body, steps)):
                yield Writer(manager=manager, time=time, subresource=part), steps


def _leaves(owned: JsonObject, body: JsonValue, above: Steps) -> Iterator[Steps]:
    """Yield the owned fields that a body has."""
    for key, inner in owned.items():
        value = child(body, key)
        below = mapping_at(inner)
        if value is None:
            continue
        if below:
            yield from _leaves(below, value, (*above, key))
        else:
            yield (*above, key)


def without(body: JsonObject, places: Iterable[Steps]) -> JsonObject:
    """Return an object without some of its fields, and without what is empty then."""
    left = copy.deepcopy(body)
    for steps in places:
        _drop(left, steps)
    return left


def _drop(value: JsonValue, steps: Steps) -> None:
    step, *rest = steps
    inner = child(value, step)
    if inner is None:
        return
    if rest:
        _drop(inner, tuple(rest))
    if not rest or not inner:
        remove(value, step, inner)


def path_of(body: JsonObject, steps: Steps) -> str:
    """Return a field as differences write it."""
    path = ""
    value: JsonValue = body
    for step in steps:
        inner = child(value, step)
        if isinstance(value, list):
            at = next((n for n, item in enumerate(value) if item is inner), None)
            path += f"[{item_names(value)[at] if at is not None else step.partition(':')[2]}]"
        else:
            path = field_below(path, step.partition(":")[2])
        value = inner
    return path


def shown_at(body: JsonObject, steps: Steps) -> JsonValue:
    """Return what stands at a place; what of a Secret nobody is to see is masked."""
    value = value_of(body, steps) if steps else None
    if value is None or not looks_secret(body):
        return value
    shown = value_of(masked(body), steps)
    return MASK if shown is None else shown


def _contested(failure: ApiError, live: JsonObject, asked: JsonObject) -> list[_Contested]:
    """Return the fields that the server complains about, each with all who own it."""
    owners: dict[str, list[Writer]] = {}
    for cause in failure.causes:
        for manager, part in _OWNER.findall(cause.message):
            owners.setdefault(cause.field, []).append(_writer(live, manager, part))
    return [
        _Contested(text, tuple(dict.fromkeys(found)), _steps(text, (live, asked)))
        for text, found in owners.items()
    ]


def _writer(live: JsonObject, manager: str, part: str) -> Writer:
    times = (
        text_at(item, "time")
        for item in objects_at(live, "metadata", "managedFields")
        if (text_at(item, "manager"), text_at(item, "subresource")) == (manager, part)
    )
    return Writer(manager=manager, time=max(times, default=""), subresource=part)


def _steps(text: str, sides: Sequence[JsonValue]) -> Steps | None:
    """Return the way to a field that the server names; ``None`` if nothing stands there.

    Names of fields may hold dots, so only what is there tells where one ends.
    """
    if not text:
        return ()
    for step, rest in _first_steps(text, sides):
        below = _steps(rest, [child(side, step) for side in sides])
        if below is not None:
            return (step, *below)
    return None


def _first_steps(text: str, sides: Sequence[JsonValue]) -> Iterator[tuple[str, str]]:
    if text.startswith("."):
        names = {name for side in sides if isinstance(side, dict) for name in side}
        for name in sorted(names, key=len, reverse=True):
            if text.startswith(name, 1):
                yield f"f:{name}", text[len(name) + 1 :]
    elif item := _ITEM.match(text):
        pairs = {key: json.loads(value) for key, value in _KEY.findall(item[1])}
        step = f"v:{json.dumps(pairs[''])}" if "" in pairs else f"k:{json.dumps(pairs)}"
        yield step, text[item.end() :]
