"""The definition of a custom kind that an app keeps."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

from compiler.model.json import JsonObject


@dataclass(frozen=True)
class KeptDefinition:
    """A file that names the group and the kind whose definition it holds.

    Such files are large, and few commands need many of them: what is in one is read when it is
    asked for.

    Attributes:
        file: From the top of the app.
    """

    group: str
    kind: str
    file: str
    text: bytes

    @cached_property
    def body(self) -> JsonObject | None:
        """What is in it; ``None`` where that is no object of JSON."""
        try:
            found = json.loads(self.text)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None

    @property
    def digest(self) -> str:
        """The digest of what is in it."""
        return hashlib.sha256(self.text).hexdigest()
