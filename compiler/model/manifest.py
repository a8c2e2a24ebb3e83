"""Kubernetes objects: their identity, their text, and where they come from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import wraps
from typing import NamedTuple, TypeVar, cast

from compiler.model.json import JsonObject, JsonValue
from compiler.model.source import SourceSpan

_Found = TypeVar("_Found")


class ObjectRef(NamedTuple):
    """The identity of an object: two manifests with the same ref describe the same thing.

    The API version is no part of it: ``apps/v1`` and ``apps/v1beta1`` are views of one object.
    """

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @property
    def qualified(self) -> str:
        """The name with its namespace, as messages about several namespaces need it."""
        return f"{self.kind}/{self.namespace}/{self.name}" if self.namespace else str(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a manifest comes from.

    Attributes:
        component: The component that produced it.
        file: The source of that component.
        path: Place in the evaluated tree, for example ``$.service``.
        span: Its place in a YAML source, where it has one.
        patches: Where the patches stand that have changed it.
    """

    component: str
    file: str
    path: str = "$"
    span: SourceSpan | None = None
    patches: tuple[SourceSpan, ...] = ()

    def __str__(self) -> str:
        place = str(self.span) if self.span else f"{self.file} ({self.path})"
        return f'component "{self.component}", {place}'

    @property
    def note(self) -> str:
        """Say where an object comes from, beside a finding that shows ``span`` anyway."""
        place = f'from component "{self.component}"' if self.span else f"from {self}"
        patched = " and ".join(str(span) for span in self.patches)
        return f"{place}, patched in {patched}" if patched else place


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One Kubernetes object as kuplet compiles it: nothing of it changes.

    Attributes:
        answers: What functions that are called `once` have found in it.
    """

    ref: ObjectRef
    body: JsonObject
    origin: Origin
    answers: dict[object, object] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def api_version(self) -> str:
        """The object's ``apiVersion``; empty when it has none."""
        return text_at(self.body, "apiVersion")

    @property
    def labels(self) -> JsonObject:
        """The object's labels; empty when it has none."""
        return mapping_at(self.body, "metadata", "labels")

    @property
    def annotations(self) -> JsonObject:
        """The object's annotations; empty when it has none."""
        return mapping_at(self.body, "metadata", "annotations")


def once(function: Callable[[Manifest], _Found]) -> Callable[[Manifest], _Found]:
    """Let a function look at an object once: what it has found is kept with the object."""

    @wraps(function)
    def kept(manifest: Manifest) -> _Found:
        answers = manifest.answers
        if function not in answers:
            answers[function] = function(manifest)
        return cast("_Found", answers[function])

    return kept


def manifest_of(body: JsonObject, origin: Origin | None = None) -> Manifest:
    """Return an object with the identity that its own text gives it."""
    metadata = mapping_at(body, "metadata")
    ref = ObjectRef(
        group=group_of(text_at(body, "apiVersion")),
        kind=text_at(body, "kind"),
        namespace=text_at(metadata, "namespace"),
        name=text_at(metadata, "name"),
    )
    return Manifest(ref=ref, body=body, origin=origin or Origin(component="", file=""))


def value_at(value: JsonValue, *keys: str) -> JsonValue:
    """Return what stands at the path ``keys`` below ``value``, or ``None``."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def mapping_at(value: JsonValue, *keys: str) -> JsonObject:
    """Return the object at the path ``keys``, or an empty one."""
    found = value_at(value, *keys)
    return found if isinstance(found, dict) else {}


def list_at(value: JsonValue, *keys: str) -> list[JsonValue]:
    """Return the list at the path ``keys``, or an empty one."""
    found = value_at(value, *keys)
    return found if isinstance(found, list) else []


def objects_at(value: JsonValue, *keys: str) -> list[JsonObject]:
    """Return the objects in the list at the path ``keys``."""
    return [item for item in list_at(value, *keys) if isinstance(item, dict)]


def text_at(value: JsonValue, *keys: str) -> str:
    """Return the string at the path ``keys``, or an empty one."""
    found = value_at(value, *keys)
    return found if isinstance(found, str) else ""


def group_of(api_version: str) -> str:
    """Return the API group of an ``apiVersion``; empty for the core group."""
    group, slash, _ = api_version.partition("/")
    return group if slash else ""


def by_ref(manifests: Iterable[Manifest]) -> dict[ObjectRef, Manifest]:
    """Index manifests by their identity."""
    return {manifest.ref: manifest for manifest in manifests}
