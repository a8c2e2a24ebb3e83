"""Rules of readiness that an app has for kinds of its own, in CEL.

An expression that cannot be answered, because a field is missing or of another type, is not true:
nothing becomes ready by an error.
"""

import enum
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from compiler.kinds.conditions import failed, pending
from compiler.kinds.kind import Rule, Rules, alone
from compiler.model.app import Goal, ReadinessRule
from compiler.model.json import JsonObject
from compiler.model.readiness import Readiness


class Result(enum.StrEnum):
    """What an expression is to give."""

    BOOL = "true or false"
    TEXT = "a text"


def rules_of(rules: Iterable[ReadinessRule]) -> Rules:
    """Return the rules of an app by ``(group, kind)``."""
    return {(rule.group, rule.kind): _rule(rule) for rule in rules}


def problem_of(expression: str, result: Result) -> str:
    """Return what is wrong with an expression; empty when nothing is."""
    from cel_expr_python import cel

    try:
        gives = _compiled(expression).return_type()
    except (RuntimeError, TypeError) as error:  # TypeError: it is no text in UTF-8
        first, *_ = str(error).splitlines()
        return re.sub(r"^INVALID_ARGUMENT: ERROR: <input>:| \(in container ''\)$", "", first)
    wanted = cel.Type.BOOL if result is Result.BOOL else cel.Type.STRING
    is_right = gives in (wanted, cel.Type.DYN)
    return "" if is_right else f"it gives {gives.name().lower()}, not {result}"


@cache
def _compiled(expression: str) -> Any:
    from cel_expr_python import cel

    return cel.NewEnv(variables={"object": cel.Type.DYN}).compile(expression)


def _rule(rule: ReadinessRule) -> Rule:
    goals = ((rule.completed, Goal.COMPLETED), (rule.ready, Goal.READY))

    def judged(live: JsonObject) -> Readiness:
        words = _text(rule.message, live)
        if rule.failed and _answer(rule.failed, live) is True:
            return failed(words or f"by the rule of {rule.kind}: {rule.failed}")
        said = ""
        for expression, goal in goals:
            found = _answer(expression, live) if expression else False
            if found is True:
                return Readiness(reached=goal, message=words)
            said = found if isinstance(found, str) else said
        return pending(words or said or f"not ready by the rule of {rule.kind}")

    return alone(judged)


def _answer(expression: str, live: JsonObject) -> bool | str:
    """Return whether an expression is true, or why that cannot be said."""
    value, error = _evaluated(expression, live)
    return error or (value is True)


def _text(expression: str, live: JsonObject) -> str:
    if not expression:
        return ""
    value, error = _evaluated(expression, live)
    return error or str(value)


def _evaluated(expression: str, live: JsonObject) -> tuple[Any, str]:
    """Return the value of an expression, and what stands in its way."""
    from cel_expr_python import cel

    try:
        found = _compiled(expression).eval(data={"object": live})
        value = found.plain_value()
    except (RuntimeError, TypeError) as error:
        return None, str(error)
    return (None, str(value)) if found.type() == cel.Type.ERROR else (value, "")
