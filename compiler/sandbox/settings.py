"""What a sandbox was last started with, kept for the next start."""

import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

from compiler.errors import UsageError
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.sandbox.layout import write_private_file

_QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|k|[KMGTP]i?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeShape:
    """The simulated nodes: how many, and what each of them has to give to pods.

    Attributes:
        count: Number of nodes.
        cpu: Cores of each node, as a Kubernetes quantity.
        memory: Memory of each node, as a Kubernetes quantity.
        gpus: GPUs (``nvidia.com/gpu``) of each node.

    Raises:
        UsageError: ``sandbox-nodes``, if there cannot be such nodes.
    """

    count: int = 3
    cpu: str = "16"
    memory: str = "64Gi"
    gpus: int = 1

    def __post_init__(self) -> None:
        for name, number in (("count", self.count), ("gpus", self.gpus)):
            if number < 0:
                raise _impossible(name, str(number), "a number that is not negative")
        for name, quantity in (("cpu", self.cpu), ("memory", self.memory)):
            if not _QUANTITY.fullmatch(quantity):
                raise _impossible(name, quantity, 'a Kubernetes quantity, such as "16" or "64Gi"')


def _impossible(name: str, given: str, expected: str) -> UsageError:
    message = f'"{name}" of the sandbox\'s nodes must be {expected}, got "{given}"'
    return UsageError(Finding(rule="sandbox-nodes", message=message))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a sandbox consists of.

    Attributes:
        nodes: The simulated nodes.
        addons: Names of what runs beside the cluster: controllers, a MinIO server.
        ports: The port of every server on the loopback interface, by name.
    """

    nodes: NodeShape = field(default_factory=NodeShape)
    addons: frozenset[str] = frozenset()
    ports: dict[str, int] = field(default_factory=dict)


def read_settings(path: Path) -> Settings:
    """Read the settings of the last start; the defaults if there was none."""
    try:
        raw = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):  # the latter after a power failure
        return Settings()
    return Settings(
        nodes=NodeShape(**raw["nodes"]),
        addons=frozenset(raw["addons"] if "addons" in raw else _old_addons(raw)),
        ports=raw["ports"],
    )


def write_settings(path: Path, settings: Settings) -> None:
    """Keep settings for the next start."""
    written = asdict(settings) | {"addons": sorted(settings.addons)}
    write_private_file(path, json.dumps(written, indent=2))


def _old_addons(raw: JsonObject) -> list[str]:
    """Return what kuplet 0.1 wrote as two answers."""
    return [name for name in ("training-operator", "minio") if raw.get(name.replace("-", "_"))]
