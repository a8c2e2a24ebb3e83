"""KServe's model servers."""

from compiler.kinds.conditions import (
    READY,
    conditions_of,
    explained,
    failed,
    failure,
    is_true,
    pending,
    unknown,
)
from compiler.kinds.custom import Surroundings, by_habit
from compiler.kinds.habits.verdict import verdict
from compiler.kinds.kind import Kind, Rule, alone, exists
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, text_at
from compiler.model.outcome import Readiness

GROUP = "serving.kserve.io"
_STOP = f"{GROUP}/stop"
_LOADED = {"", "UpToDate"}
_STUCK = {"BlockedByFailedLoad", "InvalidSpec"}


def stoppable(rule: Rule) -> Rule:
    """Return a rule for a server that an annotation stops: nobody can wait for that to end."""

    def found(live: JsonObject, around: Surroundings) -> Readiness:
        if text_at(live, "metadata", "annotations", _STOP) == "true":
            return Readiness(reached=Goal.READY, message="stopped")
        return rule(live, around)

    return found


def inference_service(live: JsonObject) -> Readiness:
    """Ready when its conditions say so, and the model that is asked for is loaded."""
    model = mapping_at(live, "status", "modelStatus")
    transition = text_at(model, "transitionStatus")
    if transition in _STUCK:
        words = (transition, text_at(model, "lastFailureInfo", "message"))
        return failed(": ".join(filter(None, words)))
    state = verdict(live)
    if transition not in _LOADED and not state.has_failed:
        asked_for = text_at(model, "states", "targetModelState")
        return pending(f"model: {', '.join(filter(None, (transition, asked_for)))}")
    return state


def llm_inference_service(live: JsonObject) -> Readiness:
    """Ready when its workloads and its router are.

    Presets that do not fit together stop its controller; what is said of its routing group does
    not: the server itself works.
    """
    presets = conditions_of(live).get("PresetsCombined", {})
    if text_at(presets, "status") == "False":
        is_missing = text_at(presets, "reason") == "ConfigNotFound"  # it may come
        words = explained(live, "PresetsCombined")
        return pending(words) if is_missing else failure(live, "PresetsCombined")
    if is_true(live, "Ready"):
        return READY
    if not mapping_at(live, "status"):
        return unknown("no status yet")
    return pending(explained(live, "Ready") or "not Ready")


# Source: kserve/pkg/apis/serving/{v1alpha1,v1alpha2,v1beta1} of 0.20.
ROWS = (
    Kind(group=GROUP, kind="InferenceService", readiness=stoppable(alone(inference_service))),
    Kind(group=GROUP, kind="InferenceGraph", readiness=stoppable(by_habit)),
    Kind(
        group=GROUP, kind="LLMInferenceService", readiness=stoppable(alone(llm_inference_service))
    ),
    *(
        Kind(
            group=GROUP,
            kind=kind,
            is_cluster_scoped=kind.startswith("Cluster"),
            readiness=exists,
        )
        for kind in (
            "ClusterServingRuntime",
            "ClusterStorageContainer",
            "LLMInferenceServiceConfig",
            "ServingRuntime",
        )
    ),
)
