"""Where a release says which version of a model it serves, and what the answer means."""

import pytest

from compiler.model.json import JsonObject, JsonValue
from compiler.stages.model_versions import (
    MODEL_VERSION,
    is_newest,
    served_version,
    status_places,
)


def service(annotation: str, kind: str = "Service") -> JsonObject:
    labels: JsonObject = {"kuplet.dev/component": "serve"}
    annotations: JsonObject = {MODEL_VERSION: annotation}
    metadata: JsonObject = {
        "name": "mnist", "namespace": "ml", "labels": labels, "annotations": annotations
    }  # fmt: skip
    version = "v1" if kind != "InferenceService" else "serving.kserve.io/v1beta1"
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def test_an_annotation_says_where_to_ask() -> None:
    places = status_places([service("modelVersion=:8501/v1/models/a other=:http/v1/models/b.c")])
    assert {str(ref): str(place) for ref, place in places.items()} == {
        "serve.modelVersion": "http://mnist.ml:8501/v1/models/a",
        "serve.other": "http://mnist.ml:http/v1/models/b.c",
    }


@pytest.mark.parametrize(
    "annotation",
    [
        "",
        "modelVersion",
        "modelVersion=8501/v1",
        "modelVersion=:8501",
        "modelVersion=:8501/../../secrets/token",
        "modelVersion=:8501/v1/%2e%2e/x",
        "modelVersion=:8501/v1?x=y",
        "modelVersion=:80/proxy:1/x",
    ],
)
def test_what_is_malformed_or_leads_elsewhere_is_ignored(annotation: str) -> None:
    assert status_places([service(annotation)]) == {}


def test_only_services_are_asked() -> None:
    assert status_places([service("modelVersion=:8501/v1/models/a", "ConfigMap")]) == {}


def status(version: JsonValue, state: str) -> JsonObject:
    return {"version": version, "state": state, "status": {"error_code": "OK", "error_message": ""}}


def test_the_highest_version_that_is_available_counts() -> None:
    available = [status("9", "AVAILABLE"), status("10", "AVAILABLE"), status("11", "LOADING")]
    assert served_version({"model_version_status": [*available]}) == 10
    assert served_version({"model_version_status": [status(3, "AVAILABLE")]}) == 3


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"error": "Could not find any versions of model mnist"},
        {"model_version_status": [status("1", "END"), status("x", "AVAILABLE")]},
        {"model_version_status": [status("9" * 5000, "AVAILABLE")]},
        {"model_version_status": "no"},
    ],
)
def test_no_version_is_made_up(answer: JsonObject) -> None:
    assert served_version(answer) is None


def test_no_positive_number_means_the_newest() -> None:
    assert [value for value in (0, -1, 1, "0", "", False, None) if is_newest(value)] == [0, -1]


def test_of_an_inference_service_its_predictor_is_asked() -> None:
    places = status_places([service("modelVersion=:80/v2/models/a", "InferenceService")])
    assert [str(place) for place in places.values()] == ["http://mnist-predictor.ml:80/v2/models/a"]


@pytest.mark.parametrize(
    ("versions", "highest"), [(["1", "12", "3"], 12), ([7], 7), (["v1"], None), ([], None)]
)
def test_the_open_inference_protocol_names_versions_too(
    versions: list[JsonValue], highest: int | None
) -> None:
    assert served_version({"name": "a", "platform": "onnx", "versions": versions}) == highest
