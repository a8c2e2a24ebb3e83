"""Kubeflow's own training operator, run outside a cluster.

It is made for a pod: it waits for a Secret to be mounted in a folder under ``/tmp`` and fills the
certificates of its admission webhook into the cluster. Here the Secret stays unused, no webhook
calls it, and the folder only has to exist.
"""

from pathlib import Path

from compiler.kinds import kubeflow
from compiler.model.json import JsonObject
from compiler.sandbox.catalogue import TRAINING_OPERATOR
from compiler.sandbox.https import HttpsServer
from compiler.sandbox.layout import make_private_directory, write_private_file
from compiler.sandbox.processes import ProcessSpec
from compiler.sandbox.runtime import Runtime
from compiler.sandbox.simulation import TFJOB_PLURAL

WEBHOOK_PORT = "training-operator"

# Fixed in the program, and only looked at: "tls.crt" has to exist.
_MOUNT = Path("/tmp/k8s-webhook-server/serving-certs")  # noqa: S108  not ours to choose
_NAMESPACE = "kube-system"
_SECRET = "training-operator-webhook-cert"  # noqa: S105  a name
_WEBHOOKS = "validator.training-operator.kubeflow.org"


def training_operator(runtime: Runtime) -> ProcessSpec:
    """Describe the operator's process; it waits until the definition of TFJobs is applied."""
    arguments = (
        f"--kubeconfig={runtime.layout.kubeconfig}",
        "--enable-scheme=tfjob",
        f"--webhook-server-port={runtime.ports[WEBHOOK_PORT]}",
        "--metrics-bind-address=0",
        "--health-probe-bind-address=0",
    )
    environment = {"MY_POD_NAMESPACE": _NAMESPACE, "TMPDIR": str(_write_certificates(runtime))}
    spec = runtime.spec(
        TRAINING_OPERATOR,
        arguments,
        environment=environment,
        reads=(runtime.layout.kubeconfig,),
    )
    return runtime.after_kind(spec, kubeflow.VERSION, TFJOB_PLURAL)


def apply_operator_objects(server: HttpsServer) -> None:
    """Create what the operator expects to find in the cluster.

    Raises:
        ServerError: The API server does not answer, or refuses.
    """
    secret = _named("v1", "Secret", _SECRET)
    server.apply(f"/api/v1/namespaces/{_NAMESPACE}/secrets/{_SECRET}", secret)
    group_version = "admissionregistration.k8s.io/v1"
    webhooks = _named(group_version, "ValidatingWebhookConfiguration", _WEBHOOKS)
    server.apply(f"/apis/{group_version}/validatingwebhookconfigurations/{_WEBHOOKS}", webhooks)


def _named(api_version: str, kind: str, name: str) -> JsonObject:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}}


def prepare_mount() -> None:
    """Create the empty file that the operator takes for its mounted Secret."""
    _MOUNT.mkdir(parents=True, exist_ok=True)
    (_MOUNT / "tls.crt").touch()


def _write_certificates(runtime: Runtime) -> Path:
    """Write what its webhook server serves with, below a temporary directory of its own."""
    temporary = runtime.layout.configuration / "training-operator"
    directory = temporary / "k8s-webhook-server" / "serving-certs"
    make_private_directory(directory)
    server = runtime.certificates.server
    write_private_file(directory / "tls.crt", server.certificate.read_bytes())
    write_private_file(directory / "tls.key", server.key.read_bytes())
    return temporary
