"""KServe's model servers."""

from compiler.kinds.conditions import failed, pending
from compiler.kinds.habits import verdict
from compiler.kinds.kind import Kind, alone
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, text_at
from compiler.model.outcome import Readiness

GROUP = "serving.kserve.io"
_LOADED = {"", "UpToDate"}
_STUCK = {"BlockedByFailedLoad", "InvalidSpec"}


def inference_service(live: JsonObject) -> Readiness:
    """Ready when its conditions say so, and the model that is asked for is loaded."""
    model = mapping_at(live, "status", "modelStatus")
    transition = text_at(model, "transitionStatus")
    if transition in _STUCK:
        words = (transition, text_at(model, "lastFailureInfo", "message"))
        return failed(": ".join(filter(None, words)))
    state = verdict(live)
    if transition not in _LOADED and not state.has_failed:
        return pending(f"model: {transition}")
    return state


# Source: kserve/pkg/apis/serving/v1beta1 of 0.16.
ROWS = (Kind(group=GROUP, kind="InferenceService", readiness=alone(inference_service)),)
