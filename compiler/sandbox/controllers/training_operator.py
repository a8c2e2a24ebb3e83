"""Kubeflow's training operator, the controller of TFJob, PyTorchJob and their kin."""

from pathlib import Path

from compiler.sandbox.catalogue import TRAINING_OPERATOR as PROGRAM
from compiler.sandbox.controller import VALIDATING, Addresses, CertificateSecret, Controller

_NAMESPACE = "kubeflow"


def _flags(addresses: Addresses) -> tuple[str, ...]:
    return (
        f"--webhook-server-port={addresses.webhook}",
        f"--health-probe-bind-address={addresses.health}",
        "--metrics-bind-address=0",
    )


TRAINING_OPERATOR = Controller(
    program=PROGRAM,
    words="Kubeflow's training operator: TFJobs, PyTorchJobs and their kin make pods",
    namespace=_NAMESPACE,
    flags=_flags,
    environment=lambda _: {"MY_POD_NAMESPACE": _NAMESPACE},
    webhook_names={VALIDATING: "validator.training-operator.kubeflow.org"},
    secret=CertificateSecret(
        name="training-operator-webhook-cert",
        authority="training-operator-ca",
        service="training-operator",
    ),
    # Fixed in the program, and only looked at: it serves with the certificate below TMPDIR.
    expected_file=Path("/tmp/k8s-webhook-server/serving-certs/tls.crt"),  # noqa: S108
)
