"""Brings every process of a sandbox up, and only those that are not."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from compiler.sandbox import failures, object_store
from compiler.sandbox.certificates import Certificates
from compiler.sandbox.components import (
    ETCD,
    KUBE_APISERVER,
    describe_processes,
    ports_of,
    process_names,
    stop_processes,
)
from compiler.sandbox.control_plane import APISERVER_PORT, ETCD_PORT
from compiler.sandbox.https import HttpsServer, ServerError
from compiler.sandbox.installation import InstalledProgram
from compiler.sandbox.kubeconfig import write_kubeconfig
from compiler.sandbox.layout import Layout
from compiler.sandbox.ports import LOOPBACK, choose_ports
from compiler.sandbox.processes import ProcessSpec, ProcessTable
from compiler.sandbox.runtime import Runtime
from compiler.sandbox.settings import Settings, write_settings
from compiler.sandbox.simulation import KWOK_PORT, apply_simulated_objects, are_pods_welcome
from compiler.sandbox.training_operator import apply_operator_objects, prepare_mount

READY_TIMEOUT_S = 60.0
POLL_INTERVAL_S = 0.05
PORT_ATTEMPTS = 3
_PORT_TAKEN = "address already in use"


def bring_up(
    layout: Layout,
    programs: Mapping[str, InstalledProgram],
    settings: Settings,
    on_progress: Callable[[str], None],
) -> None:
    """Start what does not run yet, and return when the cluster takes pods.

    Args:
        layout: The sandbox's files; its lock is held.
        programs: The executables, by name of their program.
        settings: What is to run; its ports are those of the last start.
        on_progress: Called with one line of text whenever there is news.

    Raises:
        ExternalError: ``sandbox-port-busy`` or ``sandbox-start-failed``.
    """
    table = ProcessTable(layout)
    remembered = settings.ports
    busy = ""
    for _ in range(PORT_ATTEMPTS):
        chosen = replace(settings, ports=_choose_ports(settings, remembered, table))
        try:
            _prepare(layout, programs, chosen, on_progress).run()
        except _PortTakenError as taken:
            busy = taken.process
            remembered = {
                port: number for port, number in chosen.ports.items() if port not in ports_of(busy)
            }
        else:
            return
    raise failures.port_busy(busy, table.log(busy))


class _PortTakenError(Exception):
    """Another program took a port between its choice and its use."""

    def __init__(self, process: str) -> None:
        super().__init__(process)
        self.process = process


def _choose_ports(
    settings: Settings, remembered: Mapping[str, int], table: ProcessTable
) -> dict[str, int]:
    """Keep the ports of what runs, and choose those of what is to be started."""
    kept: dict[str, int] = {}
    to_choose: list[str] = []
    for process in process_names(settings):
        record = table.record(process)
        for port in ports_of(process):
            if record is not None and record.is_alive and port in remembered:
                kept[port] = remembered[port]
            else:
                to_choose.append(port)
    return kept | choose_ports(to_choose, remembered)


def _prepare(
    layout: Layout,
    programs: Mapping[str, InstalledProgram],
    settings: Settings,
    on_progress: Callable[[str], None],
) -> "_Startup":
    """Write the files that the processes read."""
    certificates = Certificates(layout.certificates)
    certificates.create()
    address = f"https://{LOOPBACK}:{settings.ports[APISERVER_PORT]}"
    write_kubeconfig(layout.kubeconfig, server=address, certificates=certificates)
    write_settings(layout.settings, settings)
    runtime = Runtime(layout=layout, programs=programs, ports=settings.ports)
    return _Startup(
        settings=settings,
        table=ProcessTable(layout),
        runtime=runtime,
        specs=describe_processes(runtime, settings),
        on_progress=on_progress,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Startup:
    """One attempt to start, with the ports chosen."""

    settings: Settings
    table: ProcessTable
    runtime: Runtime
    specs: Mapping[str, ProcessSpec]
    on_progress: Callable[[str], None]

    def run(self) -> None:
        self._stop_outdated()
        self._start([ETCD])
        self._wait([ETCD], lambda: self._server(ETCD_PORT).is_healthy("/health"))
        self._start([KUBE_APISERVER])
        self._wait([KUBE_APISERVER], lambda: self._server(APISERVER_PORT).is_healthy("/readyz"))
        self._wait([KUBE_APISERVER], self._has_applied_objects)
        others = [name for name in self.specs if name not in {ETCD, KUBE_APISERVER}]
        self._start(others)
        self._wait(others, self._is_usable)

    def _stop_outdated(self) -> None:
        """End what is not wanted any more, or would be started differently now."""
        outdated = [
            record.name
            for record in self.table.records()
            if record.name not in self.specs or not self.table.is_current(self.specs[record.name])
        ]
        stop_processes(self.table, outdated)

    def _start(self, names: Sequence[str]) -> None:
        for name in names:
            spec = self.specs[name]
            if self.table.is_current(spec):
                continue
            self.on_progress(f"starting {name} {spec.version}")
            try:
                self.table.spawn(spec)
            except OSError as error:
                reason = f"cannot be run: {error}"
                raise failures.start_failed(name, reason, self.table.log(name)) from error

    def _wait(self, names: Sequence[str], is_ready: Callable[[], bool]) -> None:
        """Wait until processes are ready, and notice when one of them has died instead."""
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not is_ready():
            self._check_alive(names)
            if time.monotonic() > deadline:
                reason = f"is not ready after {READY_TIMEOUT_S:.0f} s"
                raise failures.start_failed(names[0], reason, self.table.log(names[0]))
            time.sleep(POLL_INTERVAL_S)
        self._check_alive(names)

    def _check_alive(self, names: Sequence[str]) -> None:
        for name in names:
            if self.table.is_current(self.specs[name]):
                continue
            log = self.table.log(name)
            if _PORT_TAKEN in "\n".join(failures.log_tail(log)):
                raise _PortTakenError(name)
            raise failures.start_failed(name, "ended while it was starting", log)

    def _server(self, port: str) -> HttpsServer:
        return HttpsServer(port=self.settings.ports[port], certificates=self.runtime.certificates)

    def _has_applied_objects(self) -> bool:
        """Apply what has to be in the cluster; False if the server does not take it yet."""
        server = self._server(APISERVER_PORT)
        try:
            apply_simulated_objects(server, self.settings.nodes)
            if self.settings.training_operator:
                prepare_mount()
                apply_operator_objects(server)
        except ServerError:
            return False
        return True

    def _is_usable(self) -> bool:
        """Whether a pod created now runs, and an object can be stored."""
        try:
            takes_pods = are_pods_welcome(self._server(APISERVER_PORT), self.settings.nodes)
        except ServerError:
            return False
        return (
            takes_pods and self._server(KWOK_PORT).is_healthy("/healthz") and self._stores_objects()
        )

    def _stores_objects(self) -> bool:
        if not self.settings.minio:
            return True
        credentials = self.runtime.layout.minio_credentials
        port = self.settings.ports[object_store.MINIO_PORT]
        return object_store.is_healthy(object_store.object_store(credentials, port))
