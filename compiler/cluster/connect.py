"""Opens the connection that an environment's destination asks for, and refuses any other."""

import ipaddress
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from compiler.cluster.answers import is_version
from compiler.cluster.api import Api, Request
from compiler.cluster.cluster import Cluster
from compiler.cluster.credential_plugin import Credential, CredentialPlugin
from compiler.cluster.credentials import Token, headers_of, token_of
from compiler.cluster.kubeconfig import Kubeconfig, read_kubeconfig
from compiler.errors import ExternalError
from compiler.model.app import Destination
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, text_at
from compiler.stages.names import did_you_mean

if TYPE_CHECKING:
    from kubernetes.client import Configuration

_POOL_SIZE = 16
# Its modules import one another when they are used: threads at once would meet half of them.
_IMPORTING = threading.Lock()
_CERTIFICATES = (
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
)
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
    with _IMPORTING:
        from kubernetes.client import ApiClient, Configuration  # noqa: F401  used below

    configuration, headers = _configuration(destination, kubeconfig, say)
    configuration.connection_pool_maxsize = _POOL_SIZE
    configuration.retries = False
    api = Api(ApiClient(configuration), headers, say)
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
    """Return the client's settings, and the headers of a user without a token."""
    from kubernetes.client import Configuration

    configuration = Configuration()
    kubeconfig = read_kubeconfig(file)
    if destination.server in _IN_CLUSTER_SERVERS and not kubeconfig.files:
        _load_in_cluster(configuration, destination.server)
        return configuration, []
    context = kubeconfig.current if file else _context_name(destination, kubeconfig)
    kubeconfig.check(context)
    headers = _load(configuration, kubeconfig, context)
    if not configuration.verify_ssl:
        _allow_unchecked(kubeconfig, context, say)
    if _is_loopback(configuration.host) and not text_at(
        kubeconfig.cluster_of(context), "proxy-url"
    ):
        configuration.proxy = None
    _use_proxy(configuration, str(kubeconfig))
    return configuration, headers


def _load_in_cluster(configuration: "Configuration", server: str) -> None:
    from kubernetes import config

    try:
        config.load_incluster_config(client_configuration=configuration)
    except config.ConfigException as error:
        message = f"there is no kubeconfig, and no service account of a pod: {error}"
        raise ExternalError(Finding(rule="kubeconfig", message=message)) from error
    configuration.host = server


def _load(
    configuration: "Configuration", kubeconfig: Kubeconfig, context: str
) -> list[tuple[str, str]]:
    """Fill in the server and the credentials of a context; return the headers that are more."""
    from kubernetes import config

    cluster, user = kubeconfig.cluster_of(context), {**kubeconfig.user_of(context)}
    place = f'{kubeconfig}, user "{text_at(kubeconfig.contexts[context], "user")}"'
    settings = mapping_at(user, "exec")
    plugin, credential = None, Credential()
    if settings and not text_at(user, "token"):
        plugin = CredentialPlugin(settings=settings, cluster=cluster, place=place)
        credential = plugin.run()
    token = token_of(user, place, plugin, credential)
    certificates = {key: user[key] for key in _CERTIFICATES if key in user}
    document: JsonObject = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "it",
        "clusters": [
            {"name": "it", "cluster": {**cluster, "server": kubeconfig.server_of(context)}}
        ],
        "users": [{"name": "it", "user": {**certificates, **credential.certificates}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
    }
    try:
        config.load_kube_config_from_dict(
            document, client_configuration=configuration, persist_config=False
        )
        _check_certificates(configuration)
    except (config.ConfigException, OSError, ValueError) as error:
        message = f'cannot use the context "{context}" of {kubeconfig}: {error}'
        raise ExternalError(Finding(rule="kubeconfig", message=message)) from None
    if token:
        _log_in(configuration, token)
    return [*headers_of(user, place)]


def _log_in(configuration: "Configuration", token: Token) -> None:
    """Let the client ask for the token before each request."""

    def renewed(configuration: "Configuration") -> None:
        configuration.api_key["BearerToken"] = token()

    renewed(configuration)
    configuration.refresh_api_key_hook = renewed  # type: ignore[assignment]


def _check_certificates(configuration: "Configuration") -> None:
    """Check that the certificates can be used; the client would take that for a lost connection.

    Raises:
        ValueError: One cannot.
    """
    context = ssl.create_default_context()
    try:
        if configuration.ssl_ca_cert:
            context.load_verify_locations(configuration.ssl_ca_cert)
    except ssl.SSLError:
        raise ValueError("its certificate-authority is no certificate in PEM") from None
    try:
        if configuration.cert_file:
            # A key that asks for a password would have the client ask for it at each connection.
            context.load_cert_chain(configuration.cert_file, configuration.key_file, lambda: "")
    except ssl.SSLError:
        raise ValueError("its client-certificate and client-key are no pair in PEM") from None


def _use_proxy(configuration: "Configuration", place: str) -> None:
    """Let the client log in to a proxy.

    Raises:
        ExternalError: It is no proxy that the client can use.
    """
    import urllib3

    if not configuration.proxy:
        return
    address = configuration.proxy
    address = address if "://" in address else f"http://{address}"
    user, port = "", None
    with suppress(ValueError):
        parts = urlsplit(address)
        user, port = parts.netloc.rpartition("@")[0], parts.port or -1
    if not port or parts.scheme not in ("http", "https") or not parts.hostname:
        message = "the proxy of the API server is no address of http or https"
        hint = f"correct HTTPS_PROXY, or proxy-url in {place}"
        raise ExternalError(Finding(rule="kubeconfig", message=message, hint=hint))
    configuration.proxy = address
    if user:
        configuration.proxy_headers = urllib3.make_headers(proxy_basic_auth=unquote(user))


def _allow_unchecked(
    kubeconfig: Kubeconfig, context: str, say: Callable[[str], None] | None
) -> None:
    import urllib3

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    if say:
        server = kubeconfig.server_of(context)
        say(f"warning: nobody checks who {server} is: insecure-skip-tls-verify in {kubeconfig}")


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
