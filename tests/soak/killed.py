"""An apply that is killed at one of its writes, and the next one, which must make it good."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from compiler.cluster.connect import connect
from compiler.executor.lock import Lock, Locking
from compiler.executor.running import Patience
from compiler.model.app import Destination
from compiler.model.outcome import Failed
from compiler.model.owner import Owner
from compiler.model.release import ReleaseStatus
from tests.soak.fault_proxy import FaultProxy
from tests.soak.second_day import opened
from tests.soak.system import COMPONENTS, System

_PATIENCE = Patience(first_look_s=0.05, ready_s=60, completion_s=60)
_OBJECTS = 30


def killed_at(kubeconfig: Path, number: int) -> bool:
    """Apply thirty objects, change all, and kill the second apply just before one of its writes.

    Args:
        kubeconfig: That of a sandbox.
        number: Of the write.

    Returns:
        Whether there was such a write.
    """
    namespace = f"killed-{number}"
    target = opened(connect(Destination(), kubeconfig), namespace)
    processes: list[subprocess.Popen[bytes]] = []

    def kill(count: int) -> None:
        if count == number:
            os.kill(processes[0].pid, signal.SIGKILL)

    proxy = FaultProxy(kubeconfig, before_write=kill)
    with (
        tempfile.TemporaryDirectory(prefix="kuplet-killed-") as directory,
        proxy.serving(Path(directory) / "kubeconfig") as faulty,
    ):
        system = System(Path(directory) / "app", namespace, target)
        system.needs = {"train": "data", "serve": "train"}
        _write(system, range(_OBJECTS), "one")
        _apply(system)
        _write(system, range(5, _OBJECTS + 5), "two")
        system.server = proxy.url
        assert system.environment.destination.server  # the files are written
        processes.append(_started(system.root, faulty))
        code = processes[0].wait(timeout=120)
        system.server = ""
        assert code in {0, -signal.SIGKILL}, code
        _is_made_good(system, was_killed=code != 0)
    return code != 0


def _write(system: System, numbers: range, mode: str) -> None:
    system.app = {name: {} for name in COMPONENTS}
    for number in numbers:
        key = ("Secret" if number % 3 else "ConfigMap", f"object-{number}")
        system.put(COMPONENTS[number % len(COMPONENTS)], key, {"mode": mode})
    system.version = "1" if mode == "two" else ""  # what takes its time comes second


def _started(root: Path, kubeconfig: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "compiler", "apply", "test", "--yes", "--yes-prune"]
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig)}
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=root, env=environment, stdout=quiet, stderr=quiet)


def _apply(system: System, locking: Locking = Locking()) -> None:  # noqa: B008  frozen
    outcomes = system.carried_out(system.planned(), _PATIENCE, locking=locking)
    failed = [item for item in outcomes if isinstance(item, Failed)]
    assert not failed, failed


def _is_made_good(system: System, *, was_killed: bool) -> None:
    before = system.releases()
    assert (before[0].status is ReleaseStatus.SUCCEEDED) or was_killed
    _apply(system, Locking(take=True))
    system.check_live(system.wanted)
    system.check_foreign()
    releases = system.releases()
    system.check_run(releases[0])
    assert releases[0].status is ReleaseStatus.SUCCEEDED
    assert [item.revision for item in releases] == list(range(len(releases), 0, -1))
    assert len(system.runs()) == 1
    assert not system.planned().plan.has_changes
    if len(releases) > len(before):  # what has nothing to write leaves the lock to expire
        Lock(system.target.cluster, system.namespace, Owner("demo", "test")).wait()  # it is free
