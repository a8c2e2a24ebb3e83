"""Runs the program that a kubeconfig names to log in: ``exec`` of a user.

Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

import base64
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from compiler.errors import ExternalError
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import list_at, mapping_at, objects_at, text_at

TIMEOUT_S = 60.0
_PATIENT_TIMEOUT_S = 300.0  # a person may have to open a browser
_EARLY = timedelta(seconds=30)  # a credential is renewed a little before it expires
_SHOWN_LINES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a plugin answered.

    Attributes:
        expires: ``None`` when it does not say.
    """

    token: str = ""
    certificate: str = ""
    key: str = ""
    expires: datetime | None = None

    @property
    def is_stale(self) -> bool:
        """Whether it is time for another one."""
        return self.expires is not None and datetime.now(UTC) >= self.expires - _EARLY

    @property
    def certificates(self) -> JsonObject:
        """The fields of a user of a kubeconfig that hold the certificate."""
        named = {"client-certificate-data": self.certificate, "client-key-data": self.key}
        return {
            key: base64.b64encode(text.encode()).decode() for key, text in named.items() if text
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialPlugin:
    """A program that logs in.

    Attributes:
        settings: ``exec`` of a user.
        cluster: What it may ask to be told of the cluster.
        place: Where it is named, in words.
    """

    settings: JsonObject
    cluster: JsonObject
    place: str
    timeout_s: float | None = None

    def run(self) -> Credential:
        """Return a credential.

        Raises:
            ExternalError: It is not installed, fails, takes too long, or answers something else.
        """
        is_interactive = self._is_interactive()
        default_s = _PATIENT_TIMEOUT_S if is_interactive else TIMEOUT_S
        timeout_s = self.timeout_s or default_s
        try:
            done = subprocess.run(  # noqa: S603  the kubeconfig is the user's own
                [self._command, *map(str, list_at(self.settings, "args"))],
                env=self._environment(is_interactive=is_interactive),
                stdin=None if is_interactive else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=None if is_interactive else subprocess.PIPE,
                timeout=timeout_s,
                check=False,
            )
        except FileNotFoundError as error:
            raise self._failed("is not installed") from error
        except OSError as error:
            raise self._failed(f"cannot be started: {error.strerror}") from error
        except ValueError:  # a null byte, for example
            raise self._failed("cannot be started with such arguments and variables") from None
        except subprocess.TimeoutExpired as error:
            raise self._failed(f"has not answered after {timeout_s:.0f} s") from error
        if done.returncode:
            said = (done.stderr or b"").decode(errors="replace").strip().splitlines()
            raise self._failed(f"ended with code {done.returncode}", said[-_SHOWN_LINES:])
        return self._credential(done.stdout)

    @property
    def _command(self) -> str:
        return text_at(self.settings, "command")

    def _is_interactive(self) -> bool:
        mode = text_at(self.settings, "interactiveMode") or "IfAvailable"
        is_terminal = sys.stdin is not None and sys.stdin.isatty()
        if mode == "Always" and not is_terminal:
            raise self._failed("wants to ask something, and this is no terminal")
        return is_terminal and mode != "Never"

    def _environment(self, *, is_interactive: bool) -> dict[str, str]:
        spec: JsonObject = {"interactive": is_interactive}
        if self.settings.get("provideClusterInfo") is True:
            spec["cluster"] = self.cluster
        information: JsonObject = {
            "apiVersion": text_at(self.settings, "apiVersion"),
            "kind": "ExecCredential",
            "spec": spec,
        }
        named = {text_at(item, "name"): text_at(item, "value") for item in self._variables()}
        return {**os.environ, **named, "KUBERNETES_EXEC_INFO": json.dumps(information)}

    def _variables(self) -> list[JsonObject]:
        return objects_at(self.settings, "env")

    def _credential(self, answer: bytes) -> Credential:
        try:
            status = mapping_at(json.loads(answer), "status")
        except (ValueError, RecursionError):
            raise self._failed("answers something that is no ExecCredential") from None
        found = Credential(
            token=text_at(status, "token"),
            certificate=text_at(status, "clientCertificateData"),
            key=text_at(status, "clientKeyData"),
            expires=_time(text_at(status, "expirationTimestamp")),
        )
        if not (found.token or (found.certificate and found.key)):
            raise self._failed("answers without a token or a certificate")
        return found

    def _failed(self, problem: str, said: list[str] | None = None) -> ExternalError:
        hint = text_at(self.settings, "installHint").strip()
        return ExternalError(
            Finding(
                rule="credential-plugin",
                message=f'the credential plugin "{self._command}" {problem}',
                notes=(*(said or []), f"named by {self.place}"),
                hint=hint or "run it yourself to see what it needs",
            )
        )


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
