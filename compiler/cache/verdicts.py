"""Remembers which parts of an app were looked at and found sound, below its whole answers.

What was found otherwise is not kept: it is looked at again, to be told in words.
"""

import hashlib
import marshal
import os
from collections.abc import Collection

from compiler.cache.inputs import file_digest, key_of
from compiler.cache.recording import CHANGED, Recording
from compiler.cache.store import keep_answer, read_answer


class Verdicts:
    """What of an app was found sound, by one question, while an answer to all of it is recorded.

    A verdict holds as long as nothing has changed that was read for it, or for the parts before it.
    """

    def __init__(self, answer: Recording, question: str) -> None:
        """Begin when all has been read that concerns every part.

        Args:
            question: What is asked of each part.
        """
        self._answer = answer
        self._question = key_of([question])

    def holds(self, part: str) -> bool:
        """Return whether a part is known to be sound; what it was made of belongs to the answer."""
        try:
            content = read_answer(self._key(part))
            files: dict[str, str] = marshal.loads(content) if content else {}  # noqa: S302  our own
        except (ValueError, EOFError, TypeError):
            return False
        known = self._answer.files
        if not files or any(
            (known.get(path) or file_digest(path)) != digest for path, digest in files.items()
        ):
            return False
        for path, digest in files.items():
            self._answer.has_read(path, digest)
        return True

    def keep(self, part: str, without: Collection[str]) -> None:
        """Remember that a part is sound.

        Args:
            without: Files that were read, but concern other parts alone; from the app's top.
        """
        answer = self._answer
        others = {os.path.join(answer.root, file) for file in without}
        files = {path: digest for path, digest in answer.files.items() if path not in others}
        if answer.names and CHANGED not in files.values():
            keep_answer(self._key(part), marshal.dumps(files))

    def _key(self, part: str) -> str:
        parts = (self._question, self._answer.root, self._answer.names, part)
        return hashlib.sha256(repr(parts).encode(errors="surrogateescape")).hexdigest()
