"""Jobs."""

from compiler.kinds.conditions import (
    COMPLETED,
    explained,
    failed,
    is_true,
    number,
    pending,
)
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at
from compiler.model.outcome import Readiness


def job(live: JsonObject) -> Readiness:
    """A Job has no other use than being done: it is ready when it is complete."""
    if is_true(live, "Complete"):
        return COMPLETED
    if is_true(live, "Failed"):
        return failed(explained(live, "Failed"))
    if mapping_at(live, "spec").get("suspend") is True:
        return COMPLETED  # somebody asked for it to wait; nobody can wait for it
    wanted = number(live, "spec", "completions", default=1)
    return pending(f"{number(live, 'status', 'succeeded')} of {wanted} pods succeeded")
