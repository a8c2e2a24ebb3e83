"""How many requests are under way at the same time: as many as the server takes.

It says so itself: who asks too much of it is answered 429. Then half as many are sent, and with
each answer a little more, as TCP does.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from compiler.executor.port import TOO_MANY, ApiError

_MOST = 32.0


class Pace:
    """The limit of one connection; safe to use from several threads."""

    def __init__(self, most: float = _MOST) -> None:
        self._most = most
        self._limit = most
        self._under_way = 0
        self._changed = threading.Condition()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until a request may be sent, and learn from what becomes of it."""
        with self._changed:
            self._changed.wait_for(lambda: self._under_way < int(self._limit))
            self._under_way += 1
            limit = self._limit
        is_refused = False
        try:
            yield
        except ApiError as failure:
            is_refused = failure.code == TOO_MANY
            raise
        finally:
            with self._changed:
                self._under_way -= 1
                if is_refused:  # all that were sent together halve it once
                    self._limit = max(1.0, min(self._limit, limit / 2))
                else:
                    self._limit = min(self._most, self._limit + 1 / self._limit)
                self._changed.notify_all()
