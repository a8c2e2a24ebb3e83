"""KServe's model servers."""

from collections.abc import Iterator
from dataclasses import replace

from compiler.kinds.conditions import (
    READY,
    STALE,
    conditions_of,
    explained,
    failed,
    failure,
    is_stale,
    is_true,
    pending,
    unknown,
)
from compiler.kinds.custom import Surroundings, by_habit
from compiler.kinds.habits.verdict import verdict
from compiler.kinds.kind import RESOURCES, Kind, Reference, Rule, alone, exists
from compiler.kinds.pod_template import PodTemplate, count_of
from compiler.model.app import Goal
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, mapping_at, objects_at, text_at
from compiler.model.readiness import Readiness

GROUP = "serving.kserve.io"
_STOP = f"{GROUP}/stop"
_MODELS = (  # the last ones are how it was written before "model"
    "model",
    *("sklearn", "xgboost", "tensorflow", "pytorch", "triton", "onnx", "huggingface", "pmml"),
    *("lightgbm", "paddle"),
)
_LOADED = {"", "UpToDate"}
_STUCK = {"BlockedByFailedLoad", "InvalidSpec"}


def _pod_labels(live: JsonObject) -> JsonObject:
    return {f"{GROUP}/inferenceservice": text_at(live, "metadata", "name")}


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
    if transition in _STUCK and is_stale(live):
        return pending(STALE)
    if transition in _STUCK:
        words = (transition, text_at(model, "lastFailureInfo", "message"))
        return failed(": ".join(filter(None, words)))
    metadata = mapping_at(live, "metadata")
    ageless = {key: value for key, value in metadata.items() if key != "generation"}
    state = verdict({**live, "metadata": ageless})
    if transition not in _LOADED and not state.has_failed:
        asked_for = text_at(model, "states", "targetModelState")
        return pending(f"model: {', '.join(filter(None, (transition, asked_for)))}")
    is_late = not state.has_failed and state.reached < Goal.READY
    if is_late and text_at(conditions_of(live).get("Ready", {}), "message"):
        return pending(explained(live, "Ready"))  # the first part that is late may not say why
    # What it has observed is the generation of its Deployment, which not every change reaches:
    # nothing tells that this one was looked at.
    if is_stale(live) and state.reached >= Goal.READY:
        return unknown(STALE)
    return replace(state, reached=min(state.reached, Goal.READY))  # it has no end


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


def _pods_of_service(body: JsonObject) -> Iterator[PodTemplate]:
    """Yield the pods of each component; a model is a container that its runtime completes."""
    for role in ("predictor", "transformer", "explainer"):
        component = mapping_at(body, "spec", role)
        containers = objects_at(component, "containers")
        models = {key: mapping_at(component, key) for key in _MODELS if key in component}
        places = {len(containers) + at: f"spec.{role}.{key}" for at, key in enumerate(models)}
        if component:
            yield PodTemplate(
                path=f"spec.{role}",
                spec={**component, "containers": [*containers, *models.values()]},
                count=count_of(component.get("minReplicas")),
                count_field=f"spec.{role}.minReplicas",
                role=role,
                places=places,
            )


def _pods_of_llm(body: JsonObject) -> Iterator[PodTemplate]:
    """Yield the pods of a model, and of its prefill; with workers, a group each replica."""
    spec = mapping_at(body, "spec")
    for place, part in (("spec", spec), ("spec.prefill", mapping_at(spec, "prefill"))):
        replicas = count_of(part.get("replicas"))
        for role in ("template", "worker"):
            size = 1 if role == "template" else _size(mapping_at(part, "parallelism")) - 1
            yield PodTemplate(
                path=f"{place}.{role}",
                spec=mapping_at(part, role),
                count=replicas * size,
                count_field=f"{place}.replicas" if role == "template" else "",
                role=role,
            )


def _size(parallelism: JsonObject) -> int:
    data, local = (count_of(parallelism.get(key), default=0) for key in ("data", "dataLocal"))
    if data or local:
        return max(max(data, 1) // max(local, 1), 1)
    return max(count_of(parallelism.get("pipeline")), 1)


def _runtime(manifest: Manifest) -> Iterator[Reference]:
    """Yield the runtime that is named: one of the namespace, or else one of the cluster."""
    name = text_at(manifest.body, "spec", "predictor", "model", "runtime")
    scopes = {"ServingRuntime": manifest.ref.namespace, "ClusterServingRuntime": ""}
    for kind, namespace in scopes.items() if name else ():
        yield Reference(ObjectRef(GROUP, kind, namespace, name), "spec.predictor.model.runtime")


def _configs(manifest: Manifest) -> Iterator[Reference]:
    for index, base in enumerate(objects_at(manifest.body, "spec", "baseRefs")):
        kind, namespace = "LLMInferenceServiceConfig", manifest.ref.namespace
        ref = ObjectRef(GROUP, kind, namespace, text_at(base, "name"))
        yield Reference(ref, f"spec.baseRefs[{index}]")


# Source: kserve/pkg/apis/serving/{v1alpha1,v1alpha2,v1beta1} of 0.20.
ROWS = (
    Kind(
        group=GROUP,
        kind="InferenceService",
        service_suffix="-predictor",
        pods=_pods_of_service,
        pod_labels=_pod_labels,
        references=_runtime,
        readiness=stoppable(alone(inference_service)),
        is_rolled=True,
        amounts=RESOURCES,
        # PropagateRawStatus of kserve/pkg/apis/serving/v1beta1/inference_service_status.go of 0.20.
        counts_child=True,
        regretted_as=f"{GROUP}/v1beta1",
    ),
    Kind(group=GROUP, kind="InferenceGraph", readiness=stoppable(by_habit), amounts=RESOURCES),
    Kind(
        group=GROUP,
        kind="LLMInferenceService",
        pods=_pods_of_llm,
        references=_configs,
        readiness=stoppable(alone(llm_inference_service)),
        is_rolled=True,
        amounts=RESOURCES,
        regretted_as=f"{GROUP}/v1alpha2",
    ),
    *(
        Kind(
            group=GROUP,
            kind=kind,
            is_cluster_scoped=kind.startswith("Cluster"),
            readiness=exists,
            amounts=RESOURCES,
        )
        for kind in (
            "ClusterServingRuntime",
            "ClusterStorageContainer",
            "LLMInferenceServiceConfig",
            "ServingRuntime",
        )
    ),
)
