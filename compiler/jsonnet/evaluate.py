"""Evaluates Jsonnet programs with a limit on time and memory."""

import enum
import json
import math
import signal
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from compiler.cache.recording import recording
from compiler.errors import AppError
from compiler.jsonnet.error_trace import explain
from compiler.jsonnet.worker_process import Reply, WorkerEndedError, ask_worker
from compiler.model.finding import Finding
from compiler.model.json import MAX_DEPTH, JsonObject, is_deep
from compiler.model.jsonnet import JsonnetProgram
from compiler.text.reading import MAX_BYTES, homes_of

_MEBIBYTE = 2**20
_MOST_CORES = 8  # that Go's garbage collector may keep busy while the program runs on one
# How the engines and Python say that they got no more memory.
_MEMORY_WORDS = (
    "out of memory",
    "memory allocation",
    "cannot allocate",
    "memoryerror",
    "bad_alloc",
)


class Engine(enum.StrEnum):
    """The engines that can be chosen; both give the same objects."""

    GO = "gojsonnet"
    CPP = "jsonnet"


DEFAULT_ENGINE = Engine.GO  # benchmarks/jsonnet_engines.py shows it faster


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one evaluation may use."""

    seconds: float = 60.0
    memory_bytes: int = 2048 * _MEBIBYTE


DEFAULT_LIMITS = Limits()
_FIELDS = tuple(item.name for item in fields(JsonnetProgram))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What came of a program.

    Attributes:
        trace: What ``std.trace`` said, in the words of the engine.
    """

    value: JsonObject
    trace: str


def evaluate(
    program: JsonnetProgram,
    *,
    engine: Engine = DEFAULT_ENGINE,
    limits: Limits = DEFAULT_LIMITS,
) -> JsonObject:
    """Return the object that the program evaluates to.

    Raises:
        AppError: The program is wrong, or it used more time or memory than the limits allow.
    """
    return evaluate_traced(program, engine=engine, limits=limits).value


def evaluate_traced(
    program: JsonnetProgram,
    *,
    engine: Engine = DEFAULT_ENGINE,
    limits: Limits = DEFAULT_LIMITS,
) -> Evaluation:
    """Return the object that the program evaluates to, and what it traced on the way.

    Raises:
        AppError: The program is wrong, or it used more time or memory than the limits allow.
    """
    answer = recording()
    request = {
        **{name: getattr(program, name) for name in _FIELDS},
        "homes": _homes(program),
        "max_file_bytes": MAX_BYTES,
        "engine": engine,
        "memory_bytes": limits.memory_bytes,
        "is_watched": answer is not None,
        "cpu_seconds": math.ceil(limits.seconds) * _MOST_CORES,
    }
    try:
        reply = _reply(request, program, limits)
        value = _value(reply.text)
    except AppError:
        if answer:  # which files a program has read is only known of one that came to its end
            answer.spoil()
        raise
    if answer:
        for path, digest in reply.read.items():
            answer.has_read(path, digest)
    return Evaluation(value=value, trace=reply.stderr)


def _reply(request: Mapping[str, object], program: JsonnetProgram, limits: Limits) -> Reply:
    try:
        reply = ask_worker(request, limits.seconds)
    except TimeoutError as error:
        raise AppError(_too_slow(limits)) from error
    except WorkerEndedError as error:
        raise AppError(_crash(error, limits)) from error
    if reply.is_error:
        raise AppError(explain(reply.text.decode(errors="replace"), program))
    return reply


def _value(text: bytes) -> JsonObject:
    try:
        value: JsonObject = json.loads(text)
        is_too_deep = is_deep(value)
    except RecursionError:
        value, is_too_deep = {}, True
    if is_too_deep:
        message = f"the Jsonnet evaluates to something nested more than {MAX_DEPTH} levels deep"
        raise AppError(Finding(rule="value-depth", message=message))
    return value


def _homes(program: JsonnetProgram) -> list[str]:
    """Return the directories in which every file that is imported must lie, links followed."""
    roots = [program.home] if program.home else program.roots.values()
    named = [Path(place) for place in program.search if Path(place).is_absolute()]
    homes = [home for root in roots for home in homes_of(Path(root))]
    return [str(home) for home in (*homes, *(place.resolve() for place in named))]


def _too_slow(limits: Limits) -> Finding:
    message = f"the Jsonnet evaluation took longer than {limits.seconds:g} seconds"
    hint = "look for a recursion or a comprehension that never ends"
    return Finding(rule="jsonnet-timeout", message=message, hint=hint)


def _crash(ended: WorkerEndedError, limits: Limits) -> Finding:
    if ended.code == -signal.SIGXCPU:
        return _too_slow(limits)
    if any(words in ended.stderr.lower() for words in _MEMORY_WORDS):
        size = limits.memory_bytes // _MEBIBYTE
        message = f"the Jsonnet evaluation used more than {size} MiB of memory"
        hint = "look for a recursion or a comprehension that never ends"
        return Finding(rule="jsonnet-memory", message=message, hint=hint)
    last = next(
        (line for line in reversed(ended.stderr.splitlines()) if line.strip()), "no message"
    )
    message = f"the Jsonnet engine stopped with exit code {ended.code}: {last}"
    return Finding(rule="jsonnet-crash", message=message)
