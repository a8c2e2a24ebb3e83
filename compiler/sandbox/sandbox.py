"""The sandbox as the rest of kuplet sees it."""

import contextlib
import shutil
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from compiler.sandbox.addons import changed_addons
from compiler.sandbox.catalogue import MINIO
from compiler.sandbox.components import needed_programs, stop_processes
from compiler.sandbox.installation import install_programs
from compiler.sandbox.layout import Layout, default_cache, default_directory
from compiler.sandbox.locking import exclusive
from compiler.sandbox.object_store import MINIO_PORT, ObjectStore, object_store
from compiler.sandbox.processes import ProcessTable
from compiler.sandbox.settings import NodeShape, Settings, read_settings
from compiler.sandbox.startup import bring_up
from compiler.sandbox.status import SandboxStatus, read_status


class Sandbox:
    """A real Kubernetes control plane on loopback, with simulated nodes and pods.

    Every method may be called at any time, by several processes at once: whatever changes the
    sandbox waits for the others.

    Args:
        directory: Where its state is; by default one sandbox per user.
        cache: Where the programs are that kuplet has built; by default shared by all sandboxes.
    """

    def __init__(self, directory: Path | None = None, cache: Path | None = None) -> None:
        self._layout = Layout((directory or default_directory()).absolute())
        self._cache = (cache or default_cache()).absolute()

    @property
    def kubeconfig(self) -> Path:
        """The administrator's credentials: one file, with the context "kuplet-sandbox"."""
        return self._layout.kubeconfig

    @property
    def object_store(self) -> ObjectStore | None:
        """How to reach the MinIO server; None if the sandbox was not started with it."""
        settings = read_settings(self._layout.settings)
        if MINIO.name not in settings.addons:
            return None
        return object_store(self._layout.minio_credentials, settings.ports[MINIO_PORT])

    def install(
        self,
        on_progress: Callable[[str], None],
        add: Collection[str] = (),
    ) -> None:
        """Find the programs, and build those that are neither the user's nor in the cache.

        Args:
            on_progress: Called with one line of text whenever there is news.
            add: Addons to install beside those that the sandbox was last started with.

        Raises:
            ExternalError: ``sandbox-no-go``, ``-no-network``, ``-no-space`` or ``-build-failed``.
        """
        last = read_settings(self._layout.settings)
        settings = replace(last, addons=changed_addons(last.addons, add, ()))
        install_programs(needed_programs(settings), self._cache, on_progress)

    def start(
        self,
        on_progress: Callable[[str], None],
        *,
        nodes: NodeShape | None = None,
        add: Collection[str] = (),
        remove: Collection[str] = (),
    ) -> None:
        """Start what does not run yet, and return when the cluster takes pods.

        Args:
            on_progress: Called with one line of text whenever there is news.
            nodes: The simulated nodes; None keeps them as they are.
            add: Addons that run from now on, with what they need.
            remove: Addons that no longer run.

        Raises:
            ExternalError: What `install` raises, ``sandbox-port-busy``, ``sandbox-start-failed``.
            UsageError: ``sandbox-addon-needed``.
        """
        self._layout.create()
        with self._locked(on_progress):
            last = read_settings(self._layout.settings)
            settings = Settings(
                nodes=last.nodes if nodes is None else nodes,
                addons=changed_addons(last.addons, add, remove),
                ports=last.ports,
            )
            programs = install_programs(needed_programs(settings), self._cache, on_progress)
            bring_up(self._layout, programs, settings, on_progress)

    def stop(self) -> None:
        """End every process; the next start finds the cluster as it was."""
        if self._layout.root.exists():
            with self._locked(_ignore):
                self._stop()

    def reset(self) -> None:
        """End every process and delete the cluster; the built programs stay."""
        if not self._layout.root.exists():
            return
        with self._locked(_ignore):
            self._stop()
            for directory in self._layout.state_directories:
                shutil.rmtree(directory, ignore_errors=True)
            for file in self._layout.state_files:
                file.unlink(missing_ok=True)

    def status(self) -> SandboxStatus:
        """Look at the sandbox without touching it."""
        return read_status(self._layout, self._cache)

    def _stop(self) -> None:
        table = ProcessTable(self._layout)
        stop_processes(table, [record.name for record in table.records()])

    def _locked(
        self, on_progress: Callable[[str], None]
    ) -> contextlib.AbstractContextManager[None]:
        return exclusive(
            self._layout.lock,
            lambda: on_progress("waiting for another kuplet that changes the sandbox"),
        )


def _ignore(_: str) -> None:
    """Report progress to nobody."""
