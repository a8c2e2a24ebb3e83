"""Keeps the parent of an environment's ApplySet, which says where its members are to be found.

Source: KEP-3659 as kubectl implements it (pkg/cmd/apply/applyset.go).
"""

from collections.abc import Collection, Iterable
from importlib.metadata import version

from compiler.errors import ExternalError
from compiler.executor.port import TRY_LATER, ApiError, ClusterPort
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import ObjectRef, manifest_of, mapping_at, text_at
from compiler.model.owner import MANAGER, Owner

FIELD_MANAGER = f"{MANAGER}-applyset"
_ID = "applyset.kubernetes.io/id"
_TOOLING = "applyset.kubernetes.io/tooling"
_KINDS = "applyset.kubernetes.io/contains-group-kinds"
_NAMESPACES = "applyset.kubernetes.io/additional-namespaces"


class ApplySet:
    """The ApplySet of one environment, whose parent is a Secret in its namespace."""

    def __init__(self, cluster: ClusterPort, namespace: str, owner: Owner) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._owner = owner
        self._written: JsonObject | None = None

    def check(self) -> None:
        """Check that the set is ours, or nobody's yet.

        Raises:
            ExternalError: Another tool keeps it, or the server does not let us look.
        """
        live = self._read()
        tool = text_at(self._written, _TOOLING)
        if live is not None and tool.rpartition("/")[0] != MANAGER:
            raise ExternalError(self._foreign(tool))

    def widen(self, members: Iterable[ObjectRef]) -> None:
        """Say where members are and will be, before the first of them is written.

        Raises:
            ExternalError: Another tool keeps the set, or the server refuses.
        """
        self.check()
        self._write(*map(set.union, self._told(), self._places(members)))

    def narrow(self, members: Iterable[ObjectRef], former: Iterable[ObjectRef]) -> None:
        """Say where the members are, after the last of the former ones is gone.

        What another tool has put into the set is not forgotten.
        """
        if self._written is None and self._read() is None:
            return
        others = map(set.difference, self._told(), self._places(former))
        self._write(*map(set.union, others, self._places(members)))

    def _told(self) -> tuple[set[str], set[str]]:
        """Return which kinds and other namespaces the parent names now."""
        kinds, namespaces = (text_at(self._written, key) for key in (_KINDS, _NAMESPACES))
        return _items(kinds), _items(namespaces)

    def _places(self, members: Iterable[ObjectRef]) -> tuple[set[str], set[str]]:
        """Return the kinds of members, and the other namespaces that they live in."""
        refs = list(members)
        kinds = {f"{ref.kind}.{ref.group}" if ref.group else ref.kind for ref in refs}
        return kinds, {ref.namespace for ref in refs} - {"", self._namespace}

    def _read(self) -> JsonObject | None:
        try:
            live = self._cluster.read(manifest_of(self._body({})))
        except ApiError as failure:
            raise self._failed("read", failure) from failure
        if live is not None:
            self._written = mapping_at(live, "metadata", "annotations")
        return live

    def _write(self, kinds: Collection[str], namespaces: Collection[str]) -> None:
        annotations: JsonObject = {
            _TOOLING: f"{MANAGER}/v{version('kuplet')}",
            _KINDS: ",".join(sorted(kinds)),
            _NAMESPACES: ",".join(sorted(namespaces)),
        }
        if self._written is not None and annotations.items() <= self._written.items():
            return
        try:
            self._cluster.apply(self._body(annotations), manager=FIELD_MANAGER, force=True)
        except ApiError as failure:
            raise self._failed("write", failure) from failure
        self._written = annotations

    def _body(self, annotations: JsonObject) -> JsonObject:
        labels = {**self._owner.labels, _ID: self._owner.applyset(self._namespace)}
        metadata: JsonObject = {
            "name": self._owner.applyset_name,
            "namespace": self._namespace,
            "labels": labels,
            "annotations": annotations,
        }
        return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}

    def _foreign(self, tool: str) -> Finding:
        name = f"Secret/{self._namespace}/{self._owner.applyset_name}"
        return Finding(
            rule="applyset-foreign",
            message=f'the ApplySet of this environment, {name}, is kept by "{tool or "nobody"}"',
            hint=f"if that is over: kubectl annotate secret -n {self._namespace}"
            f" {self._owner.applyset_name} --overwrite {_TOOLING}={MANAGER}/v1",
        )

    def _failed(self, what: str, failure: ApiError) -> ExternalError:
        message = f"cannot {what} the ApplySet of this environment: {failure.message}"
        right = f"its parent is a Secret in {self._namespace}; ask for the right to use it"
        hint = TRY_LATER if failure.is_trouble else right
        return ExternalError(Finding(rule="applyset-parent", message=message, hint=hint))


def _items(text: str) -> set[str]:
    return {item for item in text.split(",") if item}
