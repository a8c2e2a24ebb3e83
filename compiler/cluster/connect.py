"""Opens the connection that an environment's destination asks for, and refuses any other."""

import ipaddress
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from compiler.cluster.answers import is_version
from compiler.cluster.api import Api, Request
from compiler.cluster.cluster import Cluster
from compiler.cluster.credential_plugin import Credential, CredentialPlugin
from compiler.cluster.kubeconfig import Kubeconfig, read_kubeconfig
from compiler.errors import ExternalError
from compiler.model.app import Destination
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import list_at, mapping_at, text_at
from compiler.stages.names import did_you_mean

if TYPE_CHECKING:
    from kubernetes.client import Configuration

_POOL_SIZE = 16
_IN_CLUSTER_SERVERS = ("https://kubernetes.default.svc", "https://kubernetes.default")


def connect(
    destination: Destination,
    kubeconfig: Path | None = None,
    say: Callable[[str], None] | None = None,
) -> Cluster:
    """Return the cluster of a destination.

    Args:
        kubeconfig: The file to use instead of ``KUBECONFIG`` and ``~/.kube/config``; the sandbox's.
        say: Called with a line of text when the server does not answer for some seconds, and when
            its certificate is not checked.

    Raises:
        ExternalError: The destination is not configured here, is another cluster than the one
            pinned, or does not answer.
    """
    from kubernetes.client import ApiClient

    configuration, impersonation = _configuration(destination, kubeconfig, say)
    configuration.connection_pool_maxsize = _POOL_SIZE
    configuration.retries = False
    api = Api(ApiClient(configuration), impersonation, say)
    if destination.server and not _same_server(destination.server, api.server):
        raise ExternalError(_other_server(destination, api.server))
    api.request(Request(method="GET", path="/version", is_answer=is_version))
    return Cluster(api)


def destination_of_context(context: str) -> Destination:
    """Return server and namespace of a context of the kubeconfig; of the current one by default.

    Raises:
        ExternalError: There is no such context.
    """
    kubeconfig = read_kubeconfig()
    if context:
        name = _context_name(Destination(context=context), kubeconfig)
    else:
        name = kubeconfig.current
    return Destination(
        server=kubeconfig.server_of(name),
        namespace=text_at(kubeconfig.contexts.get(name), "namespace"),
    )


def _configuration(
    destination: Destination, file: Path | None, say: Callable[[str], None] | None
) -> tuple["Configuration", list[tuple[str, str]]]:
    """Return the client's settings, and the headers that say on whose behalf it acts."""
    from kubernetes.client import Configuration

    configuration = Configuration()
    kubeconfig = read_kubeconfig(file)
    if destination.server in _IN_CLUSTER_SERVERS and not kubeconfig.files:
        _load_in_cluster(configuration, destination.server)
        return configuration, []
    context = kubeconfig.current if file else _context_name(destination, kubeconfig)
    kubeconfig.check(context)
    _load(configuration, kubeconfig, context)
    if not configuration.verify_ssl:
        _allow_unchecked(kubeconfig, context, say)
    if _is_loopback(configuration.host) and not text_at(
        kubeconfig.cluster_of(context), "proxy-url"
    ):
        configuration.proxy = None
    return configuration, [*_impersonation(kubeconfig.user_of(context))]


def _load_in_cluster(configuration: "Configuration", server: str) -> None:
    from kubernetes import config

    try:
        config.load_incluster_config(client_configuration=configuration)
    except config.ConfigException as error:
        message = f"there is no kubeconfig, and no service account of a pod: {error}"
        raise ExternalError(Finding(rule="kubeconfig", message=message)) from error
    configuration.host = server


def _load(configuration: "Configuration", kubeconfig: Kubeconfig, context: str) -> None:
    """Fill in the server and the credentials of a context."""
    from kubernetes import config

    cluster, user = kubeconfig.cluster_of(context), {**kubeconfig.user_of(context)}
    settings = mapping_at(user, "exec")
    plugin, credential = None, Credential()
    if settings and not text_at(user, "token"):
        place = f'{kubeconfig}, user "{text_at(kubeconfig.contexts[context], "user")}"'
        plugin = CredentialPlugin(settings=settings, cluster=cluster, place=place)
        credential = plugin.run()
    user.pop("exec", None)
    document: JsonObject = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "it",
        "clusters": [{"name": "it", "cluster": cluster}],
        "users": [{"name": "it", "user": {**user, **credential.fields}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
    }
    try:
        config.load_kube_config_from_dict(
            document, client_configuration=configuration, persist_config=False
        )
    except (config.ConfigException, OSError, ValueError) as error:
        message = f'cannot use the context "{context}" of {kubeconfig}: {error}'
        raise ExternalError(Finding(rule="kubeconfig", message=message)) from None
    if plugin and credential.token:
        _renew(configuration, plugin, credential)


def _renew(configuration: "Configuration", plugin: CredentialPlugin, first: Credential) -> None:
    """Let the client ask the plugin again when its token expires."""
    known = first

    def renewed(configuration: "Configuration") -> None:
        nonlocal known
        if known.is_stale:
            known = plugin.run()
        configuration.api_key["BearerToken"] = f"Bearer {known.token}"

    configuration.refresh_api_key_hook = renewed  # type: ignore[assignment]


def _allow_unchecked(
    kubeconfig: Kubeconfig, context: str, say: Callable[[str], None] | None
) -> None:
    import urllib3

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    if say:
        server = kubeconfig.server_of(context)
        say(f"warning: nobody checks who {server} is: insecure-skip-tls-verify in {kubeconfig}")


def _impersonation(user: JsonObject) -> Iterator[tuple[str, str]]:
    """Yield the headers that say on whose behalf a user acts."""
    if text_at(user, "as"):
        yield "Impersonate-User", text_at(user, "as")
    if text_at(user, "as-uid"):
        yield "Impersonate-Uid", text_at(user, "as-uid")
    for group in list_at(user, "as-groups"):
        yield "Impersonate-Group", str(group)
    for key, values in mapping_at(user, "as-user-extra").items():
        for value in values if isinstance(values, list) else [values]:
            yield f"Impersonate-Extra-{quote(key.lower(), safe='')}", str(value)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _context_name(destination: Destination, kubeconfig: Kubeconfig) -> str:
    """Return the context to use."""
    contexts = sorted(kubeconfig.contexts, key=lambda name: (name != kubeconfig.current, name))
    if destination.context:
        if destination.context in contexts:
            return destination.context
        message = f'{kubeconfig} has no context "{destination.context}"'
        if not kubeconfig.files:
            message = f'no context "{destination.context}": {kubeconfig}'
        hint = did_you_mean(destination.context, contexts) or "set KUBECONFIG, or log in first"
        raise ExternalError(
            Finding(rule="context-unknown", message=message, span=destination.span, hint=hint)
        )
    for name in contexts:
        if _same_server(destination.server, kubeconfig.server_of(name)):
            return name
    message = f"no context of {kubeconfig} belongs to the server {destination.server}"
    if not kubeconfig.files:
        message = f"no context belongs to the server {destination.server}: {kubeconfig}"
    hint = "set KUBECONFIG, or log in first"
    raise ExternalError(
        Finding(rule="server-unknown", message=message, span=destination.span, hint=hint)
    )


def _same_server(first: str, second: str) -> bool:
    return first.rstrip("/").lower() == second.rstrip("/").lower()


def _other_server(destination: Destination, server: str) -> Finding:
    message = f"the environment is pinned to {destination.server}, but this is {server}"
    hint = "use the credentials of the pinned cluster, or change the destination in the file"
    return Finding(rule="destination-mismatch", message=message, span=destination.span, hint=hint)
