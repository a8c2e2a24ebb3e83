"""When a run began and ended, by its status.

Source: the status types of batch/v1, Kubeflow's training operator and Trainer, JobSet, KubeRay,
Argo Workflows, Volcano and the Spark operator.
"""

from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at

_BEGINNINGS = ("startTime", "startedAt", "lastSubmissionAttemptTime")
_ENDS = ("completionTime", "endTime", "finishedAt", "terminationTime")
_LAST_CONDITIONS = ("Complete", "Completed", "Succeeded", "Failed", "Finished")


def beginning_of(live: JsonObject) -> str:
    """Return when a run began, or was made where it does not say."""
    status = mapping_at(live, "status")
    said = next((text for name in _BEGINNINGS if (text := text_at(status, name))), "")
    return said or text_at(live, "metadata", "creationTimestamp")


def end_of(live: JsonObject) -> str:
    """Return when a run ended; empty where it does not say."""
    status = mapping_at(live, "status")
    said = next((text for name in _ENDS if (text := text_at(status, name))), "")
    turned = (
        text_at(condition, "lastTransitionTime")
        for condition in objects_at(status, "conditions")
        if text_at(condition, "type") in _LAST_CONDITIONS and text_at(condition, "status") == "True"
    )
    return said or max(turned, default="")
