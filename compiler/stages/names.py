"""Names that people type: which ones may be given, and help for one that is mistyped."""

import difflib
import re
from collections.abc import Iterable

from compiler.errors import UsageError
from compiler.model.finding import Finding

# They end up in labels and in names of objects. Source: the environment schema says the same.
NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def check_new_name(name: str, what: str) -> None:
    """Check the name that a component or an environment of a kuplet app is to have.

    Raises:
        UsageError: It cannot be used.
    """
    if not NAME.fullmatch(name):
        message = f'"{name}" cannot be the name of {what}'
        hint = "use lower-case letters, digits and -"
        raise UsageError(Finding(rule="name-invalid", message=message, hint=hint))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint with the nearest known name, or with all of them when none is near."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{near[0]}"?'
    return f"known: {', '.join(names)}" if names else ""
