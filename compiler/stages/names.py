"""Names that people type: which ones may be given, and help for one that is mistyped."""

import re
from collections.abc import Iterable

from compiler.errors import UsageError
from compiler.model.finding import Finding
from compiler.model.source import SourceSpan

# They end up in labels and in names of objects. Source: the environment schema says the same.
NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


# What the names of files become: the value of a label, and a part of the name of a Secret.
_LABEL_VALUE = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def is_environment_name(name: str) -> bool:
    """Return whether an environment may be called so: its objects get the name as a label."""
    as_subdomain = name.lower().replace("_", "-")
    return bool(_LABEL_VALUE.fullmatch(name) and _SUBDOMAIN.fullmatch(as_subdomain))


def default_namespace(app: str, environment: str) -> str:
    """Return the namespace of an environment that names none; it may be no valid one."""
    return f"{app}-{environment}"


def default_namespace_finding(app: str, environment: str, span: SourceSpan) -> Finding | None:
    """Return what is wrong with the namespace that an environment has by default."""
    namespace = default_namespace(app, environment)
    if NAME.fullmatch(namespace):
        return None
    message = f'environment "{environment}" would have the namespace "{namespace}", which is no'
    return Finding(
        rule="name-invalid",
        message=f"{message} valid one: at most 63 lower-case letters, digits and -",
        span=span,
        hint="set destination.namespace, or choose another name",
    )


def check_new_name(name: str, what: str) -> None:
    """Check the name that a component or an environment of a kuplet app is to have.

    Raises:
        UsageError: It cannot be used.
    """
    if not NAME.fullmatch(name):
        message = f'"{name}" cannot be the name of {what}'
        hint = "use at most 63 lower-case letters, digits and -, with no - at either end"
        raise UsageError(Finding(rule="name-invalid", message=message, hint=hint))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint with the nearest known name, or with all of them when none is near."""
    import difflib

    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{near[0]}"?'
    return f"known: {', '.join(names)}" if names else ""
