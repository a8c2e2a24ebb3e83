"""KubeRay, the controller of RayClusters, RayJobs and RayServices."""

from compiler.sandbox.catalogue import KUBERAY as PROGRAM
from compiler.sandbox.controller import Addresses, Controller


def _flags(addresses: Addresses) -> tuple[str, ...]:
    return (
        f"--health-probe-bind-address={addresses.health}",
        "--metrics-addr=0",
        "--enable-leader-election=false",
    )


KUBERAY = Controller(
    program=PROGRAM,
    words="KubeRay: RayClusters make pods; no Ray runs in them, so RayJobs fail",
    namespace="ray-system",
    flags=_flags,
    # It has some, which its default installation leaves out; their port is fixed.
    has_webhooks=False,
)
