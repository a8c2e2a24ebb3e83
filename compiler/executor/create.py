"""Creates an object once, however many answers get lost."""

from compiler.executor.port import CONFLICT, ApiError, ClusterPort, LostAnswerError
from compiler.model.json import JsonObject, JsonValue, same
from compiler.model.manifest import manifest_of

_ATTEMPTS = 5


def create_once(cluster: ClusterPort, body: JsonObject) -> JsonObject:
    """Create an object and return it as the server has it.

    After a lost answer, and where it exists already, the server is asked what is there: what we
    sent is ours, since some proxies send a request twice. So whoever creates things that somebody
    else might create too must write something into them that nobody else does.

    Raises:
        ApiError: It exists and is not ours (`CONFLICT`), or the server refuses it.
        LostAnswerError: Again and again no answer came.
    """
    lost: LostAnswerError | None = None
    for _ in range(_ATTEMPTS):
        try:
            return cluster.create(body)
        except LostAnswerError as error:
            lost = error
        except ApiError as failure:
            live = _ours(cluster, body) if failure.code == CONFLICT else None
            if live is None:
                raise
            return live
        live = _ours(cluster, body)
        if live is not None:
            return live
    raise lost or AssertionError("the last attempt returns, raises or loses its answer")


def _ours(cluster: ClusterPort, body: JsonObject) -> JsonObject | None:
    live = cluster.read(manifest_of(body))
    return live if live is not None and _holds(live, body) else None


def _holds(live: JsonValue, sent: JsonValue) -> bool:
    """Return whether a live value has all that was sent; the server adds to objects only."""
    if isinstance(live, dict) and isinstance(sent, dict):
        return all(key in live and _holds(live[key], value) for key, value in sent.items())
    return same(live, sent)
