"""Opens the cluster that an environment is applied to."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from compiler.executor.port import ClusterPort
from compiler.model.app import Environment
from compiler.model.plan import TargetIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An open destination.

    Attributes:
        words: What it is, for people.
        identity: What it is, for plans.
    """

    cluster: ClusterPort
    words: str
    identity: TargetIdentity


def open_destination(
    environment: Environment,
    on_progress: Callable[[str], None],
    *,
    rehearse: bool = False,
) -> Target:
    """Connect to an environment's destination; install and start the sandbox if it is that.

    Args:
        on_progress: Called with a line of text while the sandbox is installed and started, and
            when the server does not answer for a while.
        rehearse: Use the sandbox whatever the destination is.

    Raises:
        ExternalError: The destination cannot be used, or is not the one pinned.
    """
    from compiler.cluster.connect import connect

    destination = environment.destination
    if not (rehearse or destination.is_sandbox):
        cluster = connect(destination, say=on_progress)
        name = f'context "{destination.context}"' if destination.context else cluster.server
        return _target(environment, cluster, name)
    from compiler.sandbox import Sandbox

    sandbox = Sandbox()
    sandbox.start(on_progress, add=environment.addons)
    cluster = connect(replace(destination, context="", server=""), sandbox.kubeconfig, on_progress)
    return _target(environment, cluster, "the sandbox")


def _target(environment: Environment, cluster: ClusterPort, name: str) -> Target:
    namespace = environment.namespace
    identity = TargetIdentity(server=cluster.server, ca=cluster.ca, namespace=namespace)
    words = f'{name}, namespace "{namespace}"'
    return Target(cluster=cluster, words=words, identity=identity)
