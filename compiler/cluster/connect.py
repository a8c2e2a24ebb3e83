"""Opens the connection that an environment's destination asks for, and refuses any other."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from compiler.cluster.answers import is_version
from compiler.cluster.api import Api, Request
from compiler.cluster.cluster import Cluster
from compiler.cluster.connection import Connection, Pem
from compiler.cluster.credential_plugin import Credential, CredentialPlugin
from compiler.cluster.credentials import headers_of, token_of
from compiler.cluster.kubeconfig import Kubeconfig, read_kubeconfig
from compiler.cluster.proxies import proxy_for
from compiler.errors import ExternalError
from compiler.model.app import Destination
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, text_at
from compiler.stages.names import did_you_mean

_CA = "certificate-authority"
_SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
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
    api = Api(connection_to(destination, kubeconfig, say), say)
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


def connection_to(
    destination: Destination,
    file: Path | None = None,
    say: Callable[[str], None] | None = None,
) -> Connection:
    """Return the way to the server of a destination; see `connect`."""
    kubeconfig = read_kubeconfig(file)
    if destination.server in _IN_CLUSTER_SERVERS and not kubeconfig.files:
        return _in_cluster(destination.server)
    context = kubeconfig.current if file else _context_name(destination, kubeconfig)
    kubeconfig.check(context)
    found = _of_context(kubeconfig, context)
    if not found.is_checked:
        _allow_unchecked(kubeconfig, context, say)
    return found


def _in_cluster(server: str) -> Connection:
    """Return the way to the server of the cluster whose pod we are."""
    user: JsonObject = {"tokenFile": str(_SERVICE_ACCOUNT / "token")}
    try:
        connection = Connection(
            server=server,
            ca=Pem({_CA: str(_SERVICE_ACCOUNT / "ca.crt")}, _CA),
            token=token_of(user, "the service account of the pod", None, Credential()),
            proxy=proxy_for(server, None, "a kubeconfig"),
        )
        connection.check_certificates()
    except (OSError, ValueError) as error:
        message = f"there is no kubeconfig, and no service account of a pod: {_in_words(error)}"
        raise ExternalError(Finding(rule="kubeconfig", message=message)) from None
    return connection


def _of_context(kubeconfig: Kubeconfig, context: str) -> Connection:
    """Return the way that a context describes."""
    cluster, user = kubeconfig.cluster_of(context), kubeconfig.user_of(context)
    server = kubeconfig.server_of(context).rstrip("/")
    place = f'{kubeconfig}, user "{text_at(kubeconfig.contexts[context], "user")}"'
    settings = mapping_at(user, "exec")
    plugin, credential = None, Credential()
    if settings and not text_at(user, "token"):
        plugin = CredentialPlugin(settings=settings, cluster=cluster, place=place)
        credential = plugin.run()
    token = token_of(user, place, plugin, credential)
    try:
        # What is not encrypted shows no certificates.
        is_encrypted = server.startswith("https")
        shown = {**user, **credential.certificates} if is_encrypted else {}
        connection = Connection(
            server=server,
            ca=Pem(cluster if is_encrypted else {}, _CA),
            certificate=Pem(shown, "client-certificate"),
            key=Pem(shown, "client-key"),
            is_checked=cluster.get("insecure-skip-tls-verify") is not True,
            server_name=text_at(cluster, "tls-server-name"),
            token=token,
            headers=tuple(headers_of(user, place)),
        )
        connection.check_certificates()
    except (OSError, ValueError) as error:
        message = f'cannot use the context "{context}" of {kubeconfig}: {_in_words(error)}'
        raise ExternalError(Finding(rule="kubeconfig", message=message)) from None
    named = text_at(cluster, "proxy-url") if "proxy-url" in cluster else None
    return replace(connection, proxy=proxy_for(server, named, str(kubeconfig)))


def _in_words(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _allow_unchecked(
    kubeconfig: Kubeconfig, context: str, say: Callable[[str], None] | None
) -> None:
    import urllib3

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    if say:
        server = kubeconfig.server_of(context)
        say(f"warning: nobody checks who {server} is: insecure-skip-tls-verify in {kubeconfig}")


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
