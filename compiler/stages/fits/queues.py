"""Copies queues, and what waits in them, so that they can be rehearsed beside the real ones.

The copies have names of their own. What only the real cluster has (its nodes' topology, admission
checks, labels of namespaces) is left out.
"""

import hashlib
import re
from dataclasses import dataclass

from compiler.kinds.pods import pods_of
from compiler.kinds.queues import GROUP, PRIORITY_LABEL, WORKLOAD, queue_of
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, ObjectRef, mapping_at, objects_at, text_at

VERSION = f"{GROUP}/v1beta2"
PREFIX = "kuplet-fits-"  # of the names of all copies, or of their namespace's
_NAMES = ("cohort", "cohortName", "parentName", "clusterQueue")  # fields that name one of the kinds
_LEFT_OUT = ("admissionChecks", "admissionChecksStrategy", "topologyName")


def is_copy(body: JsonObject) -> bool:
    """Return whether an object belongs to a rehearsal, perhaps one that goes on now."""
    names = (text_at(body, "metadata", key) for key in ("name", "namespace"))
    return any(name.startswith(PREFIX) for name in names)


@dataclass(frozen=True, slots=True)
class Copies:
    """Makes copies that belong together.

    Attributes:
        name: Their namespace.
    """

    name: str

    @property
    def prefix(self) -> str:
        """How the names of copies begin that live outside of namespaces."""
        return f"{self.name}-"

    def queue_object(self, body: JsonObject) -> JsonObject:
        """Return a copy of a ResourceFlavor, a Cohort, a ClusterQueue or a LocalQueue."""
        kind, spec = text_at(body, "kind"), {**mapping_at(body, "spec")}
        name, namespace = (text_at(body, "metadata", key) for key in ("name", "namespace"))
        metadata: JsonObject = {"name": self._named(name)}
        if kind == "LocalQueue":
            metadata = {"name": _queue(namespace, name), "namespace": self.name}
        spec |= {key: self._named(text_at(spec, key)) for key in _NAMES if text_at(spec, key)}
        if "namespaceSelector" in spec:
            spec["namespaceSelector"] = {}
        if kind == "ClusterQueue":
            spec["resourceGroups"] = [
                self._group(item) for item in objects_at(spec, "resourceGroups")
            ]
        spec = {key: value for key, value in spec.items() if key not in _LEFT_OUT}
        return {"apiVersion": body["apiVersion"], "kind": kind, "metadata": metadata, "spec": spec}

    def said_of_real(self, message: str, namespace: str) -> str:
        """Return what Kueue says of copies as said of what they are copies of."""
        return message.replace(self.prefix, "").replace(f"LocalQueue {namespace}.", "LocalQueue ")

    def workload_of(self, job: Manifest, priorities: JsonObject) -> JsonObject:
        """Return the Workload that Kueue makes of a job, or of the pods of a server.

        Args:
            priorities: The value of each WorkloadPriorityClass.
        """
        name = text_at(job.body, "metadata", "labels", PRIORITY_LABEL)
        sets: list[JsonValue] = [
            {
                "name": _label(pods.role) or f"set-{index}",
                "count": pods.count,
                "template": {"spec": {"restartPolicy": "Never", **pods.spec}},
            }
            for index, pods in enumerate(pods_of(job))
            if pods.count
        ]
        spec: JsonObject = {
            "queueName": _queue(job.ref.namespace, queue_of(job.body)),
            "podSets": sets,
            "priority": priorities.get(name) or 0,
        }
        return self._workload(_distinct(job.ref), spec)

    def workload_like(self, live: JsonObject, number: int) -> JsonObject:
        """Return a copy of somebody's Workload."""
        spec = mapping_at(live, "spec")
        namespace = text_at(live, "metadata", "namespace")
        kept: JsonObject = {
            "queueName": _queue(namespace, text_at(spec, "queueName")),
            "podSets": spec.get("podSets"),
            "priority": spec.get("priority") or 0,
        }
        return self._workload(f"other-{number}", kept)

    def _workload(self, name: str, spec: JsonObject) -> JsonObject:
        metadata: JsonObject = {"name": name, "namespace": self.name}
        return {"apiVersion": VERSION, "kind": WORKLOAD, "metadata": metadata, "spec": spec}

    def _group(self, group: JsonObject) -> JsonObject:
        flavors: list[JsonValue] = [
            {**item, "name": self._named(text_at(item, "name"))}
            for item in objects_at(group, "flavors")
        ]
        return {**group, "flavors": flavors}

    def _named(self, name: str) -> str:
        return f"{self.prefix}{name}"


def _queue(namespace: str, name: str) -> str:
    """Return the name of a LocalQueue among those of other namespaces."""
    return f"{namespace}.{name}" if name else ""


def _distinct(ref: ObjectRef) -> str:
    """Return a name that no other object gets, whatever its namespace."""
    digest = hashlib.sha256(repr(ref).encode()).hexdigest()[:8]
    return f"{_label(f'{ref.kind}-{ref.name}')}-{digest}"


def _label(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:54].rstrip("-")
