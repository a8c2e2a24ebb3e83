"""What the command lines of all processes are made from."""

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from compiler.sandbox.catalogue import Program
from compiler.sandbox.certificates import Certificates
from compiler.sandbox.installation import InstalledProgram
from compiler.sandbox.layout import Layout
from compiler.sandbox.ports import LOOPBACK
from compiler.sandbox.processes import ProcessSpec

_WAIT_FOR_KIND = Path(__file__).with_name("wait_for_kind.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """The surroundings of the sandbox's processes.

    Attributes:
        layout: The sandbox's files.
        programs: The executables, by name of their program.
        ports: The port of every server, by name.
    """

    layout: Layout
    programs: Mapping[str, InstalledProgram]
    ports: Mapping[str, int]

    @property
    def certificates(self) -> Certificates:
        """The sandbox's certificates."""
        return Certificates(self.layout.certificates)

    def spec(
        self,
        program: Program,
        arguments: tuple[str, ...],
        *,
        name: str = "",
        environment: Mapping[str, str] | None = None,
        reads: tuple[Path, ...] = (),
    ) -> ProcessSpec:
        """Describe a process that runs a program; it is called like the program by default."""
        installed = self.programs[program.name]
        return ProcessSpec(
            name=name or program.name,
            program=installed.path,
            command=(str(installed.path), *arguments),
            environment=self._environment() | dict(environment or {}),
            reads=reads,
            version=installed.version,
            origin=installed.origin,
        )

    def after_kind(self, spec: ProcessSpec, group_version: str, plural: str) -> ProcessSpec:
        """Describe the same process, started as soon as the API server serves a kind."""
        waiting = (
            _python(),
            "-I",
            str(_WAIT_FOR_KIND),
            *self.api_server_access,
            group_version,
            plural,
            "--",
        )
        return replace(spec, command=waiting + spec.command)

    def script(
        self, file: Path, arguments: tuple[str, ...], *, name: str, reads: tuple[Path, ...]
    ) -> ProcessSpec:
        """Describe a process that runs a script of kuplet's with nothing but Python."""
        return ProcessSpec(
            name=name,
            program=file,
            command=(_python(), "-I", str(file), *arguments),
            environment=self._environment(),
            reads=(file, *reads),
            version=platform.python_version(),
            origin="Python",
        )

    @property
    def api_server_access(self) -> tuple[str, ...]:
        """What a script needs to ask the API server: its address, authority, certificate, key."""
        administrator = self.certificates.administrator
        return (
            f"https://{LOOPBACK}:{self.ports['kube-apiserver']}",
            str(self.certificates.authority),
            str(administrator.certificate),
            str(administrator.key),
        )

    def _environment(self) -> dict[str, str]:
        # No proxies and no settings of the user's: kwok would read ~/.kwok, etcd ETCD_*.
        return {"HOME": str(self.layout.root), "PATH": os.defpath}


def _python() -> str:
    """Return the interpreter, which has several names in one virtual environment."""
    return str(Path(sys.executable).resolve())
