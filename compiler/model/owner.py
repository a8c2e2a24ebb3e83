"""Whose an object is: the labels that kuplet puts on it, and how it knows its own again."""

import re
from dataclasses import dataclass, replace

from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, mapping_at, text_at

MANAGER = "kuplet"
KSONNET_COMPONENT = "ksonnet.io/component"
_MANAGED_BY = "app.kubernetes.io/managed-by"
_PART_OF = "app.kubernetes.io/part-of"
_NAME, _INSTANCE = "app.kubernetes.io/name", "app.kubernetes.io/instance"
_APP, _APP_ID, _ENVIRONMENT, _COMPONENT = (
    f"kuplet.dev/{name}" for name in ("app", "app-id", "environment", "component")
)
# Everything that a compile may put on an object; an object that others label alike keeps its name
# and its instance.
LABELS = (_MANAGED_BY, _NAME, _INSTANCE, _PART_OF, _APP, _APP_ID, _COMPONENT, _ENVIRONMENT)
_NOT_IN_LABELS = re.compile(r"[^-A-Za-z0-9_.]+")
_LABEL_LENGTH = 63
RUN_OF = "kuplet.dev/run-of"  # annotation of a run: the name that the app gives it
_MEMBER_OF = "applyset.kubernetes.io/part-of"


@dataclass(frozen=True, slots=True)
class Owner:
    """An environment of an app, as labels name them.

    Attributes:
        app_id: Tells the app from others of its name; empty when it does not say.
    """

    app: str
    environment: str
    app_id: str = ""

    @classmethod
    def named(cls, app: str, environment: str, app_id: str = "") -> "Owner":
        """Return the owner for names as files have them; ksonnet allowed ``us-west/dev``."""
        return cls(_label_value(app), _label_value(environment), _label_value(app_id))

    @classmethod
    def of(cls, live: JsonObject) -> "Owner | None":
        """Return whose a live object is; ``None`` when kuplet did not make it."""
        labels = mapping_at(live, "metadata", "labels")
        owner = cls(*(text_at(labels, key) for key in (_APP, _ENVIRONMENT, _APP_ID)))
        return owner if owner.app and owner.environment else None

    def __str__(self) -> str:
        which = f" (id {self.app_id})" if self.app_id else ""
        return f'environment "{self.environment}" of app "{self.app}"{which}'

    @property
    def labels(self) -> JsonObject:
        """The labels of what belongs to no component."""
        which: JsonObject = {_APP_ID: self.app_id} if self.app_id else {}
        return {_MANAGED_BY: MANAGER, _APP: self.app, **which, _ENVIRONMENT: self.environment}

    def labels_of(self, component: str) -> JsonObject:
        """Return the labels of what a component makes."""
        return {**self.labels, _COMPONENT: component}

    @property
    def part_of(self) -> JsonObject:
        """The recommended label that names the app."""
        return {_PART_OF: self.app}

    @property
    def selector(self) -> str:
        """What selects everything that belongs to the environment, or to one of its name."""
        return f"{_APP}={self.app},{_ENVIRONMENT}={self.environment}"

    @property
    def file_name(self) -> str:
        """The owner as part of the name of an object."""
        names = (name.lower().replace("_", "-") for name in (self.app, self.environment))
        return ".".join(names)

    @property
    def applyset_name(self) -> str:
        """The name of the Secret that is the parent of the environment's ApplySet."""
        return f"{MANAGER}.{self.file_name}"

    def applyset(self, namespace: str) -> str:
        """Return the id of the environment's ApplySet, whose parent is a Secret in ``namespace``.

        Source: KEP-3659 as kubectl implements it (pkg/cmd/apply/applyset.go).
        """
        return applyset_id(self.applyset_name, namespace, "Secret", "")


def applyset_id(name: str, namespace: str, kind: str, group: str) -> str:
    """Return the id of an ApplySet by its parent, as kubectl works it out."""
    import base64
    import hashlib

    digest = hashlib.sha256(f"{name}.{namespace}.{kind}.{group}".encode()).digest()
    return f"applyset-{base64.urlsafe_b64encode(digest).decode().rstrip('=')}-v1"


def base_name(body: JsonObject) -> str:
    """Return the name that the app gives an object: a later run of a job has another one."""
    metadata = mapping_at(body, "metadata")
    return text_at(metadata, "annotations", RUN_OF) or text_at(metadata, "name")


def applyset_of(body: JsonObject) -> str:
    """Return the id of the ApplySet that an object belongs to; empty when it is in none."""
    return text_at(mapping_at(body, "metadata", "labels"), _MEMBER_OF)


def as_member(manifest: Manifest, applyset: str) -> Manifest:
    """Return an object as a member of an ApplySet."""
    labels = {**manifest.labels, _MEMBER_OF: applyset}
    metadata: JsonObject = {**mapping_at(manifest.body, "metadata"), "labels": labels}
    return replace(manifest, body={**manifest.body, "metadata": metadata})


def recommended_labels(prototype: str, component: str) -> JsonObject:
    """Return the labels that say what a component is; the object's own beat them."""
    return {_NAME: prototype, _INSTANCE: component}


def component_of(body: JsonObject) -> str:
    """Return which component made an object; empty when its labels do not say."""
    labels = mapping_at(body, "metadata", "labels")
    return text_at(labels, _COMPONENT) or text_at(labels, KSONNET_COMPONENT)


def without_environment(labels: JsonObject) -> JsonObject:
    """Return labels as they are in every environment."""
    return {key: value for key, value in labels.items() if key != _ENVIRONMENT}


def is_of_ksonnet(live: JsonObject, component: str) -> bool:
    """Return whether ``ks apply`` made an object for a component of this name."""
    labels = mapping_at(live, "metadata", "labels")
    made_by = text_at(labels, "app.kubernetes.io/deploy-manager")
    return made_by == "ksonnet" and text_at(labels, KSONNET_COMPONENT) == component


def _label_value(text: str) -> str:
    return _NOT_IN_LABELS.sub(".", text)[:_LABEL_LENGTH].strip("-_.")
