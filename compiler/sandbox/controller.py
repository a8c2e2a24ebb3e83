"""How a controller that is made for a pod runs outside of the cluster.

One description serves all of them; the modules of ``controllers/`` fill it in. A controller gets
free ports on loopback, a certificate for its webhook and a temporary directory of its own, where
controller-runtime looks for that certificate.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from compiler.model.json import JsonObject
from compiler.sandbox.catalogue import Program
from compiler.sandbox.layout import make_private_directory, write_private_file
from compiler.sandbox.ports import LOOPBACK
from compiler.sandbox.processes import ProcessSpec
from compiler.sandbox.runtime import Runtime
from compiler.sandbox.webhook_certificates import CERTIFICATE, KEY

MUTATING = "MutatingWebhookConfiguration"
VALIDATING = "ValidatingWebhookConfiguration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where a controller listens and what it finds there.

    Attributes:
        webhook: Port of its webhook server.
        health: Host and port of its health checks.
        certificates: Folder with the certificate and key of its webhook server.
    """

    webhook: int
    health: str
    certificates: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSecret:
    """Where a controller that makes its own certificates keeps them, and how it knows them.

    Attributes:
        name: Name of the Secret.
        authority: Name that the certificate authority must have.
        service: Name of the Service that the certificate must be for.
    """

    name: str
    authority: str
    service: str


def _unchanged(manifest: JsonObject) -> JsonObject:
    return manifest


def _no_environment(_: Runtime) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """One controller, and what it takes to run it.

    Attributes:
        program: Its program; the controller has the same name.
        words: What it is, for people.
        needs: Controllers whose kinds must be there before it starts.
        namespace: The namespace that it takes for its own.
        flags: Its command line.
        configuration: What its configuration file says, if it reads one.
        environment: Environment variables that only it needs.
        has_webhooks: Whether the API server asks it about objects.
        webhook_names: Names of its webhook configurations by kind, where its manifests are made
            to be renamed.
        webhook_fields: What its installation adds to webhooks, by their names; ``*`` stands for
            anything.
        converts: Plurals of its kinds that it converts from one version to another.
        secret: Its certificates in the cluster, if it insists on any.
        adjusted: What its installation changes in its other manifests.
        finds_kinds_late: Whether it looks only now and then for kinds of others that it works
            with, so that it is started again when such kinds come.
        expected_file: An empty file that it waits for.
    """

    program: Program
    words: str
    needs: tuple[str, ...] = ()
    namespace: str
    flags: Callable[[Addresses], tuple[str, ...]]
    configuration: Callable[[Addresses], JsonObject] | None = None
    environment: Callable[[Runtime], Mapping[str, str]] = _no_environment
    has_webhooks: bool = True
    webhook_names: Mapping[str, str] = field(default_factory=dict)
    webhook_fields: Mapping[str, JsonObject] = field(default_factory=dict)
    converts: tuple[str, ...] = ()
    secret: CertificateSecret | None = None
    adjusted: Callable[[JsonObject], JsonObject] = _unchanged
    finds_kinds_late: bool = False
    expected_file: Path | None = None

    @property
    def name(self) -> str:
        """What it is called in commands, logs and files."""
        return self.program.name

    @property
    def webhook_port(self) -> str:
        """Name of the port of its webhook server."""
        return f"{self.name}-webhook"

    @property
    def health_port(self) -> str:
        """Name of the port of its health checks."""
        return f"{self.name}-health"

    def process(self, runtime: Runtime) -> ProcessSpec:
        """Describe its process, and write the files that it reads."""
        temporary = runtime.layout.configuration / self.name
        addresses = Addresses(
            webhook=runtime.ports[self.webhook_port],
            health=f"{LOOPBACK}:{runtime.ports[self.health_port]}",
            certificates=temporary / "k8s-webhook-server" / "serving-certs",
        )
        arguments = self.flags(addresses)
        reads = [runtime.layout.kubeconfig, *_write_certificate(runtime, addresses.certificates)]
        if self.configuration:
            file = temporary / "configuration.json"
            write_private_file(file, json.dumps(self.configuration(addresses), indent=2))
            arguments += (f"--config={file}",)
            reads.append(file)
        environment = {
            "KUBECONFIG": str(runtime.layout.kubeconfig),
            "TMPDIR": str(temporary),
            "POD_NAMESPACE": self.namespace,
            **self.environment(runtime),
        }
        return runtime.spec(self.program, arguments, environment=environment, reads=tuple(reads))


def _write_certificate(runtime: Runtime, directory: Path) -> tuple[Path, ...]:
    make_private_directory(directory)
    for name in (CERTIFICATE, KEY):
        content = (runtime.certificates.webhooks / name).read_bytes()
        file = directory / name
        if not file.exists() or file.read_bytes() != content:  # it is watched for changes
            write_private_file(file, content)
    return (directory / CERTIFICATE,)
