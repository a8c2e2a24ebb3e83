"""Finds out where a release says which version of a model it serves, and reads the answer.

A Service says so in an annotation: ``PARAMETER=:PORT/PATH``, several ones separated by spaces; or
an InferenceService, of the Service that KServe makes for its predictor. At that place the model
status API of TensorFlow Serving answers, or the metadata of a model in the open inference protocol.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from compiler.kinds.table import kind_of_live
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import list_at, mapping_at, objects_at, text_at
from compiler.model.owner import component_of
from compiler.model.ref import ParameterRef

MODEL_VERSION = "kuplet.dev/model-version"
_PLACE = re.compile(r"([^=\s]+)=:([0-9]+|[a-z][-a-z0-9]*)(/[A-Za-z0-9_./-]*)")
_NUMBER = re.compile(r"[0-9]{1,19}")  # an int64
_AVAILABLE = "AVAILABLE"  # of START, LOADING, AVAILABLE, UNLOADING, END


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPlace:
    """Where the status of a model is served inside a cluster, by HTTP.

    Attributes:
        port: Number or name of a port of the Service.
    """

    namespace: str
    service: str
    port: str
    path: str

    def __str__(self) -> str:
        return f"http://{self.service}.{self.namespace}:{self.port}{self.path}"


def status_places(objects: Iterable[JsonObject]) -> dict[ParameterRef, StatusPlace]:
    """Return where the version of a model can be asked for, by the parameter that names it."""
    return {
        ParameterRef(component, parameter): StatusPlace(
            namespace=text_at(body, "metadata", "namespace"),
            service=f"{text_at(body, 'metadata', 'name')}{suffix}",
            port=port,
            path=path,
        )
        for body in objects
        for suffix in [kind_of_live(body).service_suffix]
        if suffix is not None
        for component in [component_of(body)]
        for parameter, port, path in _places(mapping_at(body, "metadata", "annotations"))
    }


def is_newest(value: JsonValue) -> bool:
    """Return whether a version stands for the newest one: no positive number does."""
    return isinstance(value, int) and not isinstance(value, bool) and value <= 0


def served_version(answer: JsonObject) -> int | None:
    """Return the highest version that can be used; numbers come as text."""
    available = [
        status.get("version")
        for status in objects_at(answer, "model_version_status")
        if text_at(status, "state") == _AVAILABLE
    ]
    texts = map(str, [*available, *list_at(answer, "versions")])
    return max((int(text) for text in texts if _NUMBER.fullmatch(text)), default=None)


def _places(annotations: JsonObject) -> Iterator[tuple[str, str, str]]:
    for word in text_at(annotations, MODEL_VERSION).split():
        found = _PLACE.fullmatch(word)
        # A path upwards would leave the Service for other things that the API server serves.
        if found and not {".", ".."} & set(found[3].split("/")):
            yield found[1], found[2], found[3]
