"""Decides who wins where somebody else has changed a field that the app sets."""

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from compiler.model.conflict import ConflictPolicy, ConflictRule
from compiler.stages.diff import path_steps

_PATH = re.compile(r'[^.\[\]"]+(\.[^.\[\]"]+|\["[^"]+"\]|\[[^\]"]+\])*')
_UNAPPLIED = ("apiVersion", "kind", "status")  # nobody's apply changes these
_NAMES = ("name", "namespace")
# The first decides where several own one field.
_ORDER = (ConflictPolicy.FAIL, ConflictPolicy.LEAVE, ConflictPolicy.TAKE)


def rule_for(
    rules: Iterable[ConflictRule], kind: str, path: str, manager: str
) -> ConflictRule | None:
    """Return the first rule that fits a field that a manager owns."""
    return next((rule for rule in rules if _fits(rule, kind, path, manager)), None)


def strictest(policies: Iterable[ConflictPolicy]) -> ConflictPolicy:
    """Return what is done about a field of several owners, for each of whom something is said."""
    return min(policies, key=_ORDER.index)


def path_problem(path: str) -> str:
    """Return why no conflict can be about a path; empty if one can."""
    if path.startswith(".") and _PATH.fullmatch(path[1:]):
        return f'paths begin without a dot: "{path[1:]}"'
    if not _PATH.fullmatch(path):
        return "this is no path of a field"
    first, *rest = path_steps(path)
    if first in _UNAPPLIED or (first == "metadata" and rest[:1] and rest[0] in _NAMES):
        return "no apply changes that field"
    return ""


def _fits(rule: ConflictRule, kind: str, path: str, manager: str) -> bool:
    return (
        fnmatchcase(kind, rule.kind or "*")
        and fnmatchcase(manager, rule.manager or "*")
        and _leads_to(path_steps(rule.path), path_steps(path))
    )


def _leads_to(patterns: Sequence[str], steps: Sequence[str]) -> bool:
    if len(patterns) > len(steps):
        return False
    return all(fnmatchcase(step, pattern) for step, pattern in zip(steps, patterns, strict=False))
