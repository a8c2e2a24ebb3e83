"""Opens the connection that an environment's destination asks for, and refuses any other."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compiler.cluster.answers import is_version
from compiler.cluster.api import Api, Request
from compiler.cluster.cluster import Cluster
from compiler.errors import ExternalError
from compiler.model.app import Destination
from compiler.model.finding import Finding
from compiler.stages.names import did_you_mean

if TYPE_CHECKING:
    from kubernetes.client import Configuration

_POOL_SIZE = 16
_IN_CLUSTER_SERVERS = ("https://kubernetes.default.svc", "https://kubernetes.default")


def connect(
    destination: Destination,
    kubeconfig: Path | None = None,
    on_silence: Callable[[str], None] | None = None,
) -> Cluster:
    """Return the cluster of a destination.

    Args:
        on_silence: Called with a line of text when the server does not answer for some seconds.
        kubeconfig: The file to use instead of ``KUBECONFIG`` and ``~/.kube/config``; the sandbox's.

    Raises:
        ExternalError: The destination is not configured here, is another cluster than the one
            pinned, or does not answer.
    """
    from kubernetes.client import ApiClient

    configuration = _configuration(destination, kubeconfig)
    configuration.connection_pool_maxsize = _POOL_SIZE
    configuration.retries = False
    api = Api(ApiClient(configuration), on_silence)
    if destination.server and not _same_server(destination.server, api.server):
        raise ExternalError(_other_server(destination, api.server))
    api.request(Request(method="GET", path="/version", is_answer=is_version))
    return Cluster(api)


def destination_of_context(context: str) -> Destination:
    """Return server and namespace of a context of the kubeconfig; of the current one by default.

    Raises:
        ExternalError: There is no such context.
    """
    contexts = _contexts(None)
    name = _context_name(Destination(context=context), contexts, None) if context else _current()
    found = contexts.get(name or "", {}).get("context", {})
    return Destination(
        server=_server_of(name) if name else "", namespace=found.get("namespace", "")
    )


def _current() -> str:
    """Return the name of the current context; empty when there is none."""
    from kubernetes import config

    try:
        _, active = config.list_kube_config_contexts()
    except (config.ConfigException, TypeError):
        return ""
    return str(active["name"])


def _configuration(destination: Destination, kubeconfig: Path | None) -> "Configuration":
    from kubernetes import config
    from kubernetes.client import Configuration

    configuration = Configuration()
    contexts = _contexts(kubeconfig)
    is_inside = destination.server in _IN_CLUSTER_SERVERS
    try:
        if is_inside and not contexts and kubeconfig is None:
            config.load_incluster_config(client_configuration=configuration)
            configuration.host = destination.server
            return configuration
        config.load_kube_config(
            config_file=str(kubeconfig) if kubeconfig else None,
            context=_context_name(destination, contexts, kubeconfig),
            client_configuration=configuration,
        )
    except config.ConfigException as error:
        message = f"cannot use the kubeconfig: {error}"
        raise ExternalError(Finding(rule="kubeconfig", message=message)) from error
    return configuration


def _contexts(kubeconfig: Path | None) -> dict[str, Any]:
    """Return the contexts of the kubeconfig by name, the current one first, then sorted."""
    from kubernetes import config
    from kubernetes.config.kube_config import KUBE_CONFIG_DEFAULT_LOCATION

    file = str(kubeconfig or KUBE_CONFIG_DEFAULT_LOCATION)
    if not any(Path(part).expanduser().is_file() for part in file.split(os.pathsep)):
        return {}
    try:
        contexts, current = config.list_kube_config_contexts(config_file=file)
    except (config.ConfigException, TypeError):
        return {}
    ordered = sorted(contexts, key=lambda item: (item != current, item["name"]))
    return {item["name"]: item for item in ordered}


def _context_name(
    destination: Destination, contexts: dict[str, Any], kubeconfig: Path | None
) -> str | None:
    """Return the context to use; ``None`` is the current one of a given kubeconfig."""
    if kubeconfig:
        return None
    if destination.context:
        if destination.context in contexts:
            return destination.context
        message = f'the kubeconfig has no context "{destination.context}"'
        hint = did_you_mean(destination.context, contexts) or "set KUBECONFIG, or log in first"
        raise ExternalError(
            Finding(rule="context-unknown", message=message, span=destination.span, hint=hint)
        )
    for name in contexts:
        if _same_server(destination.server, _server_of(name)):
            return name
    message = f"no context of the kubeconfig belongs to the server {destination.server}"
    hint = "set KUBECONFIG, or log in first"
    raise ExternalError(
        Finding(rule="server-unknown", message=message, span=destination.span, hint=hint)
    )


def _server_of(context: str) -> str:
    from kubernetes import config
    from kubernetes.client import Configuration

    configuration = Configuration()
    try:
        config.load_kube_config(context=context, client_configuration=configuration)
    except (config.ConfigException, OSError):
        return ""
    return str(configuration.host)


def _same_server(first: str, second: str) -> bool:
    return first.rstrip("/").lower() == second.rstrip("/").lower()


def _other_server(destination: Destination, server: str) -> Finding:
    message = f"the environment is pinned to {destination.server}, but this is {server}"
    hint = "use the credentials of the pinned cluster, or change the destination in the file"
    return Finding(rule="destination-mismatch", message=message, span=destination.span, hint=hint)
