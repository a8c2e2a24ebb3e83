"""Keeps a list of objects as it is in the cluster: one LIST, then what the server says of changes.

Source: https://kubernetes.io/docs/reference/using-api/api-concepts/, "Efficient detection of
changes": a version that is too old answers 410, as an error or as an event; bookmarks only tell
newer versions.
"""

import json
import time
from collections.abc import Iterator, Mapping

from compiler.cluster.answers import is_list
from compiler.cluster.api import METADATA, METADATA_LIST, Api, Limits, Request
from compiler.errors import ExternalError
from compiler.executor.port import FORBIDDEN, UNAUTHORIZED, ApiError
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at

_SILENT_S = 75.0  # a bookmark comes once a minute
_BETWEEN_TRIES_S = 2.0
_FINAL = {UNAUTHORIZED, FORBIDDEN}


def watched(
    api: Api,
    path: str,
    query: Mapping[str, str],
    identity: JsonObject,
    *,
    only_metadata: bool = False,
) -> Iterator[list[JsonObject]]:
    """Yield the objects of a list, at once and after each change, for ever.

    What has not changed is the same object again. What passes by itself is waited for.

    Args:
        identity: What lists do not say of each object: its kind.

    Raises:
        ApiError: We may not list them, or not watch them.
    """
    while True:
        headers = {"Accept": METADATA_LIST} if only_metadata else {}
        request = Request(method="GET", path=path, query=query, headers=headers, is_answer=is_list)
        answer = api.request(request)
        items = objects_at(answer, "items")
        objects = {text_at(item, "metadata", "uid"): identity | item for item in items}
        yield list(objects.values())
        version = text_at(answer, "metadata", "resourceVersion")
        for event in _events(api, request, version, only_metadata=only_metadata):
            if _take_in(event, objects, identity):
                yield list(objects.values())


def _events(
    api: Api, request: Request, version: str, *, only_metadata: bool
) -> Iterator[JsonObject]:
    """Yield what the server says of changes, until it has forgotten the version."""
    while version:
        query = {**request.query, "watch": "1", "allowWatchBookmarks": "true"}
        watch = Request(
            method="GET",
            path=request.path,
            query={**query, "resourceVersion": version},
            headers={"Accept": METADATA} if only_metadata else {},
            is_answer=is_list,
            limits=Limits(timeout_s=(5.0, _SILENT_S)),
        )
        is_silent = True
        try:
            with api.stream(watch) as lines:
                for line in lines:
                    is_silent, event = False, _event(line)
                    if text_at(event, "type") == "ERROR":
                        return
                    version = _version(event) or version
                    yield event
        except ApiError as failure:
            if failure.code in _FINAL:
                raise
            time.sleep(_BETWEEN_TRIES_S)
            return
        except ExternalError:  # the connection; the next LIST says whether the server is there
            time.sleep(_BETWEEN_TRIES_S)
            return
        if is_silent:
            time.sleep(_BETWEEN_TRIES_S)


def _event(line: bytes) -> JsonObject:
    try:
        found = json.loads(line)
    except ValueError:  # half a line, of a connection that broke
        return {}
    return found if isinstance(found, dict) else {}


def _version(event: JsonObject) -> str:
    return text_at(event, "object", "metadata", "resourceVersion")


def _take_in(event: JsonObject, objects: dict[str, JsonObject], identity: JsonObject) -> bool:
    """Bring a list up to date; return whether that changed it."""
    item, uid = mapping_at(event, "object"), text_at(event, "object", "metadata", "uid")
    match text_at(event, "type"):
        case "ADDED" | "MODIFIED":
            objects[uid] = identity | item
        case "DELETED":
            objects.pop(uid, None)
        case _:
            return False
    return True
