"""The name of a parameter."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class ParameterRef:
    """Which parameter of which component; names of both may hold dots."""

    component: str
    name: str

    def __str__(self) -> str:
        """How people write it: ``train.num_workers``."""
        return f"{self.component}.{self.name}"

    @classmethod
    def parse(cls, text: str, components: Collection[str] = ()) -> "ParameterRef":
        """Return what a text names: of the known components the longest that fits.

        A text that begins with none of them is cut at its last dot, for a message about it.
        """
        fitting = [name for name in components if text.startswith(f"{name}.")]
        component = max(fitting, key=len, default=text.rpartition(".")[0] or text)
        return cls(component, text.removeprefix(component).removeprefix("."))
