"""Which processes make up a sandbox, and in which order they start."""

from collections.abc import Callable, Collection

from compiler.sandbox import control_plane, object_store, simulation
from compiler.sandbox.catalogue import (
    ADDONS,
    CONTROL_PLANE,
    KUBERAY,
    KWOK,
    MINIO,
    TRAINING_OPERATOR,
    Program,
)
from compiler.sandbox.controllers.kuberay import RAY_SIMULATION, ray_simulation
from compiler.sandbox.controllers.table import CONTROLLERS
from compiler.sandbox.processes import ProcessSpec, ProcessTable
from compiler.sandbox.runtime import Runtime
from compiler.sandbox.settings import Settings

_Describe = Callable[[Runtime], ProcessSpec]

ETCD = "etcd"
KUBE_APISERVER = "kube-apiserver"
_SERVERS: dict[str, _Describe] = {
    ETCD: control_plane.etcd,
    KUBE_APISERVER: control_plane.kube_apiserver,
}
_CLUSTER: dict[str, _Describe] = {
    "kube-controller-manager": control_plane.kube_controller_manager,
    "kube-scheduler": control_plane.kube_scheduler,
    "kwok": simulation.kwok,
}
_PORTS = {
    ETCD: (control_plane.ETCD_PORT, control_plane.ETCD_PEER_PORT),
    KUBE_APISERVER: (control_plane.APISERVER_PORT,),
    "kwok": (simulation.KWOK_PORT,),
    MINIO.name: (object_store.MINIO_PORT,),
    RAY_SIMULATION: (RAY_SIMULATION,),
    **{name: (each.webhook_port, each.health_port) for name, each in CONTROLLERS.items()},
}


def needed_programs(settings: Settings) -> tuple[Program, ...]:
    """Return the programs of a sandbox."""
    addons = [program for program in ADDONS if program.name in settings.addons]
    return (*CONTROL_PLANE, KWOK, *addons)


def process_names(settings: Settings) -> tuple[str, ...]:
    """Return the processes of a sandbox, in the order in which they start."""
    return tuple(_descriptions(settings))


def describe_processes(runtime: Runtime, settings: Settings) -> dict[str, ProcessSpec]:
    """Return how each process of a sandbox is started, in the order in which they start."""
    return {name: describe(runtime) for name, describe in _descriptions(settings).items()}


def ports_of(process: str) -> tuple[str, ...]:
    """Return the names of the ports that a process listens on."""
    return _PORTS.get(process, ())


def stop_processes(table: ProcessTable, names: Collection[str]) -> None:
    """End processes: those that use the API server first, then it, and its database last."""
    table.stop([name for name in names if name not in _SERVERS])
    for server in reversed(_SERVERS):
        if server in names:
            table.stop([server])


def _descriptions(settings: Settings) -> dict[str, _Describe]:
    store: dict[str, _Describe] = {MINIO.name: object_store.minio}
    tfjobs: dict[str, _Describe] = {simulation.TFJOB_SIMULATION: simulation.tfjob_simulation}
    ray: dict[str, _Describe] = {RAY_SIMULATION: ray_simulation}
    controllers: dict[str, _Describe] = {
        name: each.process for name, each in CONTROLLERS.items() if name in settings.addons
    }
    return (
        _SERVERS
        | (store if MINIO.name in settings.addons else {})
        | _CLUSTER
        | ({} if TRAINING_OPERATOR.name in settings.addons else tfjobs)
        | (ray if KUBERAY.name in settings.addons else {})
        | controllers
    )
