"""Evaluates programs in a process of its own, so that no program can hang or crash kuplet.

Reads each request as a line of JSON on stdin. Writes what is said of the answer as a line of JSON
to stdout, then the answer, so that JSON need not be written into JSON. Run as a script, it imports
only the standard library and the engines that are asked for, and `natives` when a program calls one
of them.
"""
# ruff: noqa: PTH100, PTH110, PTH112, PTH116, PTH117, PTH118, PTH120, PTH123  pathlib costs 5 ms

import contextlib
import fcntl
import json
import math
import os.path
import resource
import select
import signal
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

Request = dict[str, Any]

# The functions that ksonnet gave to Jsonnet, with the names of their parameters.
_NATIVES = {
    "parseJson": ("json",),
    "parseYaml": ("yaml",),
    "escapeStringRegex": ("str",),
    "regexMatch": ("regex", "string"),
    "regexSubst": ("regex", "src", "repl"),
}

# std.parseYaml of the reference engine reads YAML 1.2, so that one file would give two sets of
# objects. What the other engine makes of YAML is what kubectl does; it counts for both.
_PARSE_YAML = (
    "local kuplet_std = std; local std = kuplet_std + "
    '{parseYaml(str):: kuplet_std.native("std.parseYaml")(str)}; '
)
_SOURCES = (".jsonnet", ".libsonnet")

_LARGE = 256 * 2**20

# Ends our messages: gojsonnet forgets their length and reads on into whatever memory follows.
_END = "\x03"
_GO_NATIVE_FAILURE = "failed to execute native callback, code: 0"  # all that gojsonnet says of one
_failures: list[str] = []


class Importer:
    """Finds imported files: next to the importing file, below the roots, in the search path."""

    def __init__(self, request: Request) -> None:
        self._files: dict[str, str] = request["files"]
        self._roots: dict[str, str] = request["roots"]
        self._search: list[str] = request["search"]
        self._aliases: dict[str, str] = request["aliases"]
        self._homes: list[str] = request["homes"]
        self._max_bytes: int = request["max_file_bytes"]
        self._is_reference: bool = request["engine"] == "jsonnet"
        self.read: dict[str, str] | None = {} if request["is_watched"] else None

    def __call__(self, directory: str, name: str) -> tuple[str, bytes]:
        """Return the name under which errors mention the file, and its content."""
        found, content = self._found(directory, name)
        is_source = found.rpartition("/")[2].partition("#")[0].endswith(_SOURCES)
        if self._is_reference and is_source and b"parseYaml" in content:
            return found, _PARSE_YAML.encode() + content
        return found, content

    def _found(self, directory: str, name: str) -> tuple[str, bytes]:
        for candidate in self._unaliased(self._candidates(directory, name)):
            if candidate in self._files:
                return candidate, self._files[candidate].encode()
            path = self._path(candidate)
            if path and os.path.exists(path) and not os.path.isdir(path):
                return candidate, self._content(candidate, path)
        message = f"no file {name!r} next to {directory or '.'!r} or below the import paths"
        raise RuntimeError(message + _END)

    def _content(self, name: str, path: str) -> bytes:
        """Return what is in a file, as `text/reading.py` does, which costs too much to import."""
        real = os.path.realpath(path)
        if not any(real == home or real.startswith(f"{home.rstrip('/')}/") for home in self._homes):
            raise RuntimeError(f"{name!r} is a link that leads out of the app{_END}")
        if not stat.S_ISREG(os.stat(real).st_mode):
            raise RuntimeError(f"{name!r} is no plain file{_END}")
        try:
            with open(os.open(real, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
                content = file.read(self._max_bytes + 1)
        except OSError as error:
            raise RuntimeError(f"cannot read {name!r}: {error.strerror}{_END}") from error
        if len(content) > self._max_bytes:
            raise RuntimeError(f"{name!r} has more than {self._max_bytes:,} bytes{_END}")
        if self.read is not None:
            import hashlib

            self.read[os.path.abspath(path)] = hashlib.sha256(content).hexdigest()
        return content

    def _candidates(self, directory: str, name: str) -> list[str]:
        if os.path.isabs(name):
            return []
        near = os.path.normpath(os.path.join(directory, name))
        found = [name, near, os.path.normpath(name)]
        found += [os.path.join(folder, name) for folder in self._search]
        return found

    def _unaliased(self, candidates: Iterable[str]) -> Iterator[str]:
        """Yield what an alias stands for before what really has the name, as ksonnet searched."""
        for candidate in candidates:
            for alias, directory in self._aliases.items():
                if candidate.startswith(f"{alias}/"):
                    yield directory + candidate.removeprefix(alias)
            yield candidate

    def _path(self, candidate: str) -> str | None:
        """Return where a candidate may be read, or None when it leaves its root."""
        if os.path.isabs(candidate):
            return candidate  # only the user's own search path gives absolute candidates
        if candidate.startswith(".."):
            return None
        first, _, rest = candidate.partition("/")
        if first in self._roots and rest:
            return os.path.join(self._roots[first], rest)
        root = self._roots.get("")
        return os.path.join(root, candidate) if root else None


def evaluate(request: Request) -> dict[str, Any]:
    """Return ``{"value": JSON text}`` or ``{"error": the engine's message}``, and what was read."""
    _failures.clear()
    if request["engine"] == "gojsonnet":
        import _gojsonnet as engine
    else:
        import _jsonnet as engine
    importer = Importer(request)
    try:
        text = engine.evaluate_snippet(
            request["entry"],
            request["files"][request["entry"]],
            import_callback=importer,
            ext_codes=request["ext_code"],
            ext_vars=request["ext_vars"],
            native_callbacks=dict(_native_callbacks(request["engine"])),
        )
    except (RuntimeError, UnicodeDecodeError) as error:
        return {"error": _message(error)}
    return {"value": text, "read": importer.read or {}}


def _native_callbacks(engine: str) -> Iterator[tuple[str, tuple[tuple[str, ...], Any]]]:
    """Yield the native functions as an engine wants them.

    The reference engine's binding frees a parameter's name too early, so that the next name of
    about the same length overwrites it; there each name is longer than the one before.
    """
    padding = 0 if engine == "gojsonnet" else 16
    natives = _NATIVES if engine == "gojsonnet" else {**_NATIVES, "std.parseYaml": ("str",)}
    for name, names in natives.items():
        distinct = (each + "_" * padding * index for index, each in enumerate(names))
        yield name, (tuple(distinct), _native(name))


def _native(name: str) -> Callable[..., Any]:
    """Return a function that loads the native functions when the first of them is called."""

    def call(*arguments: Any) -> Any:
        package_root = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
        if package_root not in sys.path:
            sys.path.insert(0, package_root)
        from compiler.jsonnet import natives

        try:
            return natives.NATIVES[name](*arguments)
        except Exception as error:
            _failures.append(f"{name}: {' '.join(str(error).split())}{_END}")
            raise RuntimeError(_failures[-1]) from error

    return call


def _message(error: RuntimeError | UnicodeDecodeError) -> str:
    """Return an engine's error without what stands behind the end of our own message."""
    text = str(error)
    if isinstance(error, UnicodeDecodeError):
        text = error.object.decode(errors="replace")
    if _failures:
        text = text.replace(_GO_NATIVE_FAILURE, _failures[-1])
    ours, end, rest = text.partition(_END)
    _, newline, frames = rest.partition("\n")
    return ours + newline + frames if end else text


def limit_memory(size: int) -> None:
    """Let every allocation above ``size`` bytes of data fail."""
    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit but refuses to set it
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (size, most))


def limit_time(seconds: int) -> None:
    """End this process when it has used so much more time, whoever still watches it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    end = math.ceil(used.ru_utime + used.ru_stime) + seconds
    with contextlib.suppress(ValueError, OSError):  # a lower limit holds already
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (end, most))


def is_large() -> bool:
    """Whether this process holds so much memory that the next program might get too little."""
    try:
        with open("/proc/self/statm", "rb") as file:
            pages = int(file.read().split()[1])
    except OSError:  # macOS tells the most that it ever was; Linux would count its parent's memory
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > _LARGE
    return pages * resource.getpagesize() > _LARGE


def end_with(parent: int) -> None:
    """End this process when the parent ends, which holds the other end of a pipe.

    An engine does not let Python run for seconds, so only a signal can do it.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)  # which ends a process on Linux
    with contextlib.suppress(OSError):  # where a pipe gives no signals, the limit on time is left
        fcntl.fcntl(parent, fcntl.F_SETOWN, os.getpid())
        flags = fcntl.fcntl(parent, fcntl.F_GETFL)
        fcntl.fcntl(parent, fcntl.F_SETFL, flags | os.O_ASYNC)
    if select.select([parent], [], [], 0)[0]:
        sys.exit(1)


if __name__ == "__main__":
    end_with(int(sys.argv[1]))
    with contextlib.suppress(ImportError):  # it is asked for soon, most likely
        import _gojsonnet  # noqa: F401
    for line in sys.stdin.buffer:
        incoming = json.loads(line)
        limit_memory(incoming["memory_bytes"])
        limit_time(incoming["cpu_seconds"])
        answer = evaluate(incoming)
        is_error, text = "error" in answer, next(iter(answer.values())).encode(errors="replace")
        head = {
            "is_error": is_error,
            "bytes": len(text),
            "is_large": is_large(),
            "read": answer.get("read", {}),
        }
        sys.stdout.buffer.write(json.dumps(head).encode() + b"\n")
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
