"""What an API server's answers look like: whatever else says 200 has not done what was asked.

A proxy's login page, an empty body and a health check's ``ok`` are no answers.
"""

from collections.abc import Callable
from typing import TypeAlias

from compiler.model.json import JsonObject
from compiler.model.manifest import text_at

Check: TypeAlias = Callable[[JsonObject], bool]

NO_SUCH_PATH = "404 page not found"  # how it says that it does not serve a group


def anything(_: JsonObject) -> bool:
    """Return ``True``: a Service answers as it likes."""
    return True


def is_version(answer: JsonObject) -> bool:
    """Return whether it is the answer of ``/version``."""
    return bool(text_at(answer, "gitVersion"))


def is_list(answer: JsonObject) -> bool:
    """Return whether it is a list of objects."""
    items = answer.get("items", [])
    return text_at(answer, "kind").endswith("List") and (items is None or isinstance(items, list))


def of_kind(*kinds: str) -> Check:
    """Return the check for documents of some kinds, which need not have a name."""
    return lambda answer: text_at(answer, "kind") in kinds


def is_object(kind: str, name: str) -> Check:
    """Return the check for an object."""
    return lambda answer: (
        text_at(answer, "kind") == kind and text_at(answer, "metadata", "name") == name
    )


def is_error(code: int, answer: JsonObject) -> bool:
    """Return whether an API server refuses like this; a server in need may use other words."""
    is_in_need = code >= 500 or code == 429  # noqa: PLR2004  HTTP
    is_unserved = text_at(answer, "message") == NO_SUCH_PATH
    return text_at(answer, "kind") == "Status" or is_in_need or is_unserved
