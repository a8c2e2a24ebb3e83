"""Says when a server has not answered for some seconds, and when it answers again."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SILENCE_S = 5.0
_TICK_S = 0.5


class Slowness:
    """Watches the requests of one connection; safe to use from several threads."""

    def __init__(
        self, server: str, say: Callable[[str], None], silence_s: float = SILENCE_S
    ) -> None:
        self._server = server
        self._say = say
        self._silence_s = silence_s
        self._since: dict[object, float] = {}
        self._has_told = False
        self._lock = threading.Lock()
        self._watcher: threading.Thread | None = None

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch a request, with all its repetitions."""
        token = object()
        with self._lock:
            self._since[token] = time.monotonic()
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, daemon=True)
                self._watcher.start()
        try:
            yield
        finally:
            with self._lock:
                del self._since[token]

    def heard(self) -> None:
        """Take note of an answer."""
        with self._lock:
            was_silent, self._has_told = self._has_told, False
            now = time.monotonic()
            self._since = dict.fromkeys(self._since, now)
        if was_silent:
            self._say(f"{self._server} answers again")

    def _watch(self) -> None:
        while True:
            time.sleep(_TICK_S)
            with self._lock:
                if not self._since:
                    self._watcher = None  # the next request starts another one
                    return
                silent_s = time.monotonic() - min(self._since.values())
                is_news = silent_s >= self._silence_s and not self._has_told
                self._has_told = self._has_told or is_news
            if is_news:
                waited = f"for {self._silence_s:.0f} s"
                self._say(f"no answer from {self._server} {waited}; it is being tried again")
