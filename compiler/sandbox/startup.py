"""Brings every process of a sandbox up, and only those that are not."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from compiler.sandbox import failures, object_store
from compiler.sandbox.catalogue import MINIO
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
from compiler.sandbox.controller_startup import (
    ControllerStartup,
    controller_startups,
    create_certificates,
    remove_webhooks,
)
from compiler.sandbox.controllers.table import CONTROLLERS
from compiler.sandbox.https import HttpsServer, ServerError
from compiler.sandbox.installation import InstalledProgram
from compiler.sandbox.kubeconfig import write_kubeconfig
from compiler.sandbox.layout import Layout
from compiler.sandbox.ports import LOOPBACK, choose_ports
from compiler.sandbox.processes import ProcessSpec, ProcessTable
from compiler.sandbox.runtime import Runtime
from compiler.sandbox.settings import Settings, write_settings
from compiler.sandbox.simulation import KWOK_PORT, apply_simulated_objects, are_pods_welcome

READY_TIMEOUT_S = 60.0
SILENCE_S = 5.0  # nobody shall wonder for longer whether anything happens
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
        except ServerError as error:
            reason = f"stopped answering: {error}"
            log = table.log(KUBE_APISERVER)
            raise failures.start_failed(KUBE_APISERVER, reason, log) from error
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
    create_certificates(certificates, CONTROLLERS.values())
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
        with suppress(ServerError):  # without etcd it may look healthy; they are removed below
            self._remove_webhooks()
        self._stop_outdated()
        self._start([ETCD])
        self._wait([ETCD], lambda: self._server(ETCD_PORT).is_healthy("/health"))
        self._start([KUBE_APISERVER])
        self._wait([KUBE_APISERVER], lambda: self._server(APISERVER_PORT).is_healthy("/readyz"))
        self._wait([KUBE_APISERVER], self._has_applied_objects)
        cluster = [name for name in self.specs if name not in {ETCD, KUBE_APISERVER, *CONTROLLERS}]
        self._start(cluster)
        self._wait(cluster, self._is_usable)
        self._start_controllers()

    def _start_controllers(self) -> None:
        """Start controllers that are not there with all that belongs to them."""
        startups = controller_startups(
            CONTROLLERS, self.specs, self.runtime, self._server(APISERVER_PORT)
        )
        incomplete = [each for each in startups if not each.is_complete(self.table)]
        if not all(each.has_kinds() for each in incomplete):
            late = [each for each in startups if each.controller.finds_kinds_late]
            self._end([each.controller.name for each in late])
            incomplete = [each for each in startups if each in incomplete or each in late]
        for each in incomplete:
            self._set_up(each, each.apply_definitions)
        for each in incomplete:
            self._wait([KUBE_APISERVER], each.has_kinds)
            self._set_up(each, each.apply_others)
        self._start([each.controller.name for each in incomplete])
        for each in incomplete:
            self._wait([each.controller.name], each.answers)
            self._set_up(each, each.apply_webhooks)

    def _set_up(self, startup: ControllerStartup, apply: Callable[[], None]) -> None:
        name = startup.controller.name
        try:
            apply()
        except ServerError as error:
            reason = f"cannot be set up: {error}"
            raise failures.start_failed(name, reason, self.table.log(name)) from error

    def _end(self, controllers: Collection[str]) -> None:
        self._remove_webhooks(controllers)
        stop_processes(self.table, controllers)

    def _remove_webhooks(self, ending: Collection[str] = ()) -> None:
        """Let nothing wait for a controller that does not run, or will end now."""
        server = self._server(APISERVER_PORT)
        if server.is_healthy("/readyz"):
            current = {name for name, spec in self.specs.items() if self.table.is_current(spec)}
            remove_webhooks(server, keep=current.difference(ending))

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
        began, has_told = time.monotonic(), False
        while not _answers_yes(is_ready):
            self._check_alive(names)
            waited = time.monotonic() - began
            if waited > SILENCE_S and not has_told:
                has_told = True
                self.on_progress(f"{', '.join(names)} not ready yet; waiting")
            if waited > READY_TIMEOUT_S:
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
        """Apply what has to be in the cluster, once the server takes it."""
        self._remove_webhooks()
        apply_simulated_objects(self._server(APISERVER_PORT), self.settings.nodes)
        return True

    def _is_usable(self) -> bool:
        """Whether a pod created now runs, and an object can be stored."""
        return (
            are_pods_welcome(self._server(APISERVER_PORT), self.settings.nodes)
            and self._server(KWOK_PORT).is_healthy("/healthz")
            and self._stores_objects()
        )

    def _stores_objects(self) -> bool:
        if MINIO.name not in self.settings.addons:
            return True
        credentials = self.runtime.layout.minio_credentials
        port = self.settings.ports[object_store.MINIO_PORT]
        return object_store.is_healthy(object_store.object_store(credentials, port))


def _answers_yes(is_ready: Callable[[], bool]) -> bool:
    """Whether something is ready; a server that does not answer yet is not."""
    try:
        return is_ready()
    except ServerError:
        return False
