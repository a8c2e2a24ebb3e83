"""Reads long lists in parts, as the server wants them read.

Source: https://kubernetes.io/docs/reference/using-api/api-concepts/, "Retrieving large results sets
in chunks": all parts are of one version of the list; a server that has forgotten it answers 410.
"""

from collections.abc import Mapping
from http import HTTPStatus

from compiler.cluster.answers import is_list
from compiler.cluster.api import Api, Request
from compiler.executor.port import ApiError
from compiler.model.json import JsonObject
from compiler.model.manifest import objects_at, text_at

PAGE = 500  # as kubectl asks


def listed(
    api: Api,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
    page: int = PAGE,
) -> list[JsonObject]:
    """Return all items of a list.

    Args:
        page: How many are asked for at once.

    Raises:
        ApiError: We may not list them.
    """
    try:
        return _pages(api, path, {**query, "limit": str(page)}, headers or {})
    except ApiError as failure:
        if failure.code != HTTPStatus.GONE:
            raise
    return _pages(api, path, query, headers or {})


def _pages(
    api: Api, path: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> list[JsonObject]:
    found: list[JsonObject] = []
    token: Mapping[str, str] = {}
    while True:
        asked = {**query, **token}
        request = Request(method="GET", path=path, query=asked, headers=headers, is_answer=is_list)
        answer = api.request(request)
        found += objects_at(answer, "items")
        following = text_at(answer, "metadata", "continue")
        if not following:
            return found
        token = {"continue": following}
