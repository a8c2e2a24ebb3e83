"""Opens the cluster that an environment is applied to."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from compiler.errors import ExternalError
from compiler.executor.identity import NAMESPACE, cluster_uid
from compiler.executor.port import ApiError, ClusterPort
from compiler.model.app import Destination, Environment
from compiler.model.finding import Finding
from compiler.model.plan import TargetIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An open destination.

    Attributes:
        words: What it is, for people.
        identity: What it is, for plans.
        asks: Whether the server is asked about objects, too, that can be seen to be unchanged.
    """

    cluster: ClusterPort
    words: str
    identity: TargetIdentity
    asks: bool = False


def open_destination(
    environment: Environment,
    on_progress: Callable[[str], None],
    *,
    rehearse: bool = False,
    add: Collection[str] = (),
    only_looks: bool = False,
    asks: bool = False,
) -> Target:
    """Connect to an environment's destination; install and start the sandbox if it is that.

    Args:
        on_progress: Called with a line of text while the sandbox is installed and started, and
            when the server does not answer for a while.
        rehearse: Use the sandbox whatever the destination is.
        add: What runs in the sandbox from now on, besides what the environment says.
        only_looks: Whether nothing will be written, which goes on where the pin cannot be checked.
        asks: As `Target` has it.

    Raises:
        ExternalError: The destination cannot be used, or is not the one pinned.
    """
    destination = environment.destination
    target = replace(_opened(environment, on_progress, rehearse=rehearse, add=add), asks=asks)
    is_elsewhere = rehearse and not destination.is_sandbox
    if destination.cluster and not is_elsewhere:
        _check_pin(environment, target.cluster, on_progress, only_looks=only_looks)
    return target


def _opened(
    environment: Environment,
    on_progress: Callable[[str], None],
    *,
    rehearse: bool,
    add: Collection[str],
) -> Target:
    from compiler.cluster.connect import connect

    destination = environment.destination
    if not (rehearse or destination.is_sandbox):
        cluster = connect(destination, say=on_progress)
        name = f'context "{destination.context}"' if destination.context else cluster.server
        return _target(environment, cluster, name)
    from compiler.sandbox import Sandbox

    sandbox = Sandbox()
    sandbox.start(on_progress, add={*environment.addons, *add})
    cluster = connect(replace(destination, context="", server=""), sandbox.kubeconfig, on_progress)
    return _target(environment, cluster, "the sandbox")


def _target(environment: Environment, cluster: ClusterPort, name: str) -> Target:
    namespace = environment.namespace
    identity = TargetIdentity(server=cluster.server, ca=cluster.ca, namespace=namespace)
    words = f'{name}, namespace "{namespace}"'
    words += ", protected" if environment.protected else ""
    return Target(cluster=cluster, words=words, identity=identity)


def _check_pin(
    environment: Environment,
    cluster: ClusterPort,
    on_progress: Callable[[str], None],
    *,
    only_looks: bool,
) -> None:
    """Check that it is the cluster that the environment is pinned to.

    Raises:
        ExternalError: It is another one, or nobody knows and something is to be written.
    """
    destination = environment.destination
    try:
        found = cluster_uid(cluster)
    except ApiError as failure:
        unseen = _unseen_pin(destination, failure)
        if not only_looks:
            raise ExternalError(unseen) from failure
        on_progress(f"warning: {unseen.message}")
        return
    if found != destination.cluster:
        raise ExternalError(_other_cluster(environment, cluster.server, found))


def _other_cluster(environment: Environment, server: str, found: str) -> Finding:
    pinned, name = environment.destination.cluster, environment.name
    return Finding(
        rule="cluster-mismatch",
        message=f'"{name}" is pinned to the cluster {pinned}, but {server} is {found or "unknown"}',
        environment=name,
        span=environment.destination.span,
        hint="use the credentials of the pinned cluster; if it was made anew and this is meant:"
        f" kuplet env pin {name} --remove, then kuplet env pin {name}",
    )


def _unseen_pin(destination: Destination, failure: ApiError) -> Finding:
    message = f"the environment is pinned to the cluster {destination.cluster}, and whether this is"
    return Finding(
        rule="cluster-unseen",
        message=f"{message} it could not be seen: {failure.message}",
        span=destination.span,
        hint=f"nothing is written there; ask for the right to get the namespace {NAMESPACE}",
    )
