"""KubeRay, the controller of RayClusters, RayJobs and RayServices."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from compiler.sandbox.catalogue import KUBERAY as PROGRAM
from compiler.sandbox.controller import Addresses, Controller
from compiler.sandbox.layout import make_private_directory, write_private_file
from compiler.sandbox.ports import LOOPBACK
from compiler.sandbox.processes import ProcessSpec
from compiler.sandbox.ray_dashboard import USER
from compiler.sandbox.runtime import Runtime

RAY_SIMULATION = "ray-simulation"
_DASHBOARD = Path(__file__).parents[1] / "ray_dashboard.py"


def ray_simulation(runtime: Runtime) -> ProcessSpec:
    """Describe the process that answers KubeRay in the place of Ray's dashboards."""
    password = _password_file(runtime)
    port = str(runtime.ports[RAY_SIMULATION])
    arguments = (port, *runtime.api_server_access, str(password))
    return runtime.script(_DASHBOARD, arguments, name=RAY_SIMULATION, reads=(password,))


def _flags(addresses: Addresses) -> tuple[str, ...]:
    return (
        f"--health-probe-bind-address={addresses.health}",
        "--metrics-addr=0",
        "--enable-leader-election=false",
    )


def _environment(runtime: Runtime) -> Mapping[str, str]:
    """Return the proxy that stands for all Ray clusters; the API server is reached by HTTPS."""
    password = _password_file(runtime).read_text()
    return {"HTTP_PROXY": f"http://{USER}:{password}@{LOOPBACK}:{runtime.ports[RAY_SIMULATION]}"}


def _password_file(runtime: Runtime) -> Path:
    """Return a file with a password, which is made up at the first call."""
    file = runtime.layout.configuration / RAY_SIMULATION
    if not file.exists():
        make_private_directory(file.parent)
        write_private_file(file, secrets.token_urlsafe(24))
    return file


KUBERAY = Controller(
    program=PROGRAM,
    words="KubeRay: RayClusters make pods, RayJobs submit, RayServices serve",
    namespace="ray-system",
    flags=_flags,
    environment=_environment,
    # It has some, which its default installation leaves out; their port is fixed.
    has_webhooks=False,
)
