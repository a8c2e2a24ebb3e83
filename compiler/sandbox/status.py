"""What a sandbox consists of and how it is doing."""

from dataclasses import dataclass
from pathlib import Path

from compiler.sandbox.catalogue import KUBERAY, MINIO, TRAINING_OPERATOR
from compiler.sandbox.components import KUBE_APISERVER, needed_programs, process_names
from compiler.sandbox.control_plane import APISERVER_PORT
from compiler.sandbox.controllers.table import CONTROLLERS
from compiler.sandbox.installation import find_program
from compiler.sandbox.layout import Layout
from compiler.sandbox.ports import LOOPBACK
from compiler.sandbox.processes import ProcessRecord, ProcessTable
from compiler.sandbox.settings import NodeShape, Settings, read_settings

_REAL = (
    "the API server, its validation, admission and storage",
    "the controllers: rollouts, jobs, volume claims, service accounts, garbage collection",
    "the scheduler, deciding by what the simulated nodes have to give",
)
_SIMULATED = (
    "nodes",
    "pods: they report progress, but no container runs and nothing listens",
    "volumes: they are bound, but hold no data",
)
_TFJOBS = "TFJobs: they report progress, but have no pods"
_RAY = "Ray: its jobs and Serve applications report progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStatus:
    """One process of the sandbox.

    Attributes:
        name: Its name, which is also that of its log.
        version: Version of the program; empty if it was never started.
        origin: Where the program was found: ``KUBEBUILDER_ASSETS``, ``PATH`` or ``kuplet``; for a
            script ``Python``.
        program: Path of the executable.
        pid: Process id; None while it does not run.
        log: File with all that it printed since it was last started.
    """

    name: str
    version: str
    origin: str
    program: str
    pid: int | None
    log: Path

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.pid is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxStatus:
    """A sandbox as a whole.

    Attributes:
        directory: Where its state, logs and credentials are.
        is_installed: Whether it can start without building programs.
        addons: Names of what runs beside the cluster.
        processes: What it consists of, in the order in which it starts.
        nodes: The simulated nodes.
        server: Address of the API server; empty if it was never started.
        real: What is real about it, one phrase each.
        simulated: What is simulated, one phrase each.
    """

    directory: Path
    is_installed: bool
    addons: tuple[str, ...]
    processes: tuple[ProcessStatus, ...]
    nodes: NodeShape
    server: str
    real: tuple[str, ...]
    simulated: tuple[str, ...]

    @property
    def is_running(self) -> bool:
        """Whether every process runs."""
        return all(process.is_alive for process in self.processes)

    @property
    def crashed(self) -> tuple[str, ...]:
        """The controllers that have ended although the API server would ask them."""
        running = {process.name for process in self.processes if process.is_alive}
        if KUBE_APISERVER not in running:
            return ()
        return tuple(name for name in self.addons if name in CONTROLLERS and name not in running)


def read_status(layout: Layout, cache: Path) -> SandboxStatus:
    """Look at a sandbox without touching it."""
    settings = read_settings(layout.settings)
    table = ProcessTable(layout)
    port = settings.ports.get(APISERVER_PORT)
    return SandboxStatus(
        directory=layout.root,
        is_installed=all(find_program(program, cache) for program in needed_programs(settings)),
        addons=tuple(sorted(settings.addons)),
        processes=tuple(
            _process_status(name, table.record(name), table.log(name))
            for name in process_names(settings)
        ),
        nodes=settings.nodes,
        server=f"https://{LOOPBACK}:{port}" if port else "",
        real=(*_REAL, *_optional_parts(settings)),
        simulated=(*_SIMULATED, *_optional_simulations(settings)),
    )


def _optional_parts(settings: Settings) -> tuple[str, ...]:
    controllers = [each.words for name, each in CONTROLLERS.items() if name in settings.addons]
    store = ["the MinIO server"] if MINIO.name in settings.addons else []
    return (*controllers, *store)


def _optional_simulations(settings: Settings) -> tuple[str, ...]:
    tfjobs = [] if TRAINING_OPERATOR.name in settings.addons else [_TFJOBS]
    ray = [_RAY] if KUBERAY.name in settings.addons else []
    return (*tfjobs, *ray)


def _process_status(name: str, record: ProcessRecord | None, log: Path) -> ProcessStatus:
    if record is None:
        return ProcessStatus(name=name, version="", origin="", program="", pid=None, log=log)
    return ProcessStatus(
        name=name,
        version=record.version,
        origin=record.origin,
        program=record.program,
        pid=record.pid if record.is_alive else None,
        log=log,
    )
