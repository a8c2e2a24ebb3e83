"""Puts numbers and commands into words."""

from compiler.model.manifest import ObjectRef


def counted(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def deletion(ref: ObjectRef) -> str:
    """Return the command that deletes an object."""
    scope = f" -n {ref.namespace}" if ref.namespace else ""
    return f"kubectl delete {ref.kind.lower()} {ref.name}{scope}"
