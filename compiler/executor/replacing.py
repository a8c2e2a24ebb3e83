"""Says which objects have to go before they can be made anew, and which may."""

from collections.abc import Mapping

from compiler.executor.port import ApiError, ClusterPort
from compiler.executor.refusal import is_immutable
from compiler.kinds.kind import Life, Rules
from compiler.kinds.readiness import readiness_of
from compiler.kinds.table import kind_of
from compiler.model.app import Environment, OnChange
from compiler.model.change import ObjectChange
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, text_at
from compiler.stages.leaving import may_be_replaced


class Replacing:
    """The reasons why live objects of one environment are replaced; empty texts are none.

    Args:
        rules: Those of the app for kinds of its own.
        repeats: Whether runs that have failed start anew.
    """

    def __init__(
        self, cluster: ClusterPort, environment: Environment, rules: Rules, *, repeats: bool
    ) -> None:
        self._cluster = cluster
        self._rules, self._repeats = rules, repeats
        self._policies: Mapping[str, OnChange | None] = {
            item.name: item.on_change for item in environment.components
        }

    def reason(self, manifest: Manifest, live: JsonObject) -> str:
        """Return why an object is replaced whether it changes or not."""
        if text_at(live, "metadata", "deletionTimestamp"):
            return "it is being deleted"
        if kind_of(manifest.ref).life is not Life.RUN or not self._repeats:
            return ""
        state = readiness_of(live, self._cluster, self._rules, manifest.body)
        return f"it has failed: {state.message}" if state.has_failed else ""

    def reason_of(self, change: ObjectChange) -> str:
        """Return why an object is replaced that the server would change."""
        if is_changed_run(change) and self._may(change.manifest):
            return "a change is a new run"
        return ""

    def reason_after(self, failure: ApiError, manifest: Manifest) -> str:
        """Return why an object is replaced that the server refuses to change."""
        if not is_immutable(failure) or not self._may(manifest):
            return ""
        fields = ", ".join(sorted({cause.field for cause in failure.causes if cause.field}))
        return f"{fields or 'what changes'} cannot be changed"

    def _may(self, manifest: Manifest) -> bool:
        is_asked = self._policies.get(manifest.origin.component) is OnChange.REPLACE
        return is_asked and may_be_replaced(manifest)


def is_changed_run(change: ObjectChange) -> bool:
    """Return whether it is a run whose spec changes."""
    is_changed = any(item.path.startswith("spec.") for item in change.fields)
    return is_changed and kind_of(change.manifest.ref).life is Life.RUN
