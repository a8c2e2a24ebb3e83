"""The result of compiling one environment."""

import hashlib
import json
from dataclasses import dataclass

from compiler.model.app import Environment
from compiler.model.dag import ManifestDag
from compiler.model.finding import Finding
from compiler.model.manifest import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledEnvironment:
    """Everything the compiler knows of one environment.

    Attributes:
        manifests: In dependency order; stable.
        findings: What validation has to say, errors and warnings.
    """

    environment: Environment
    manifests: tuple[Manifest, ...]
    dag: ManifestDag
    findings: tuple[Finding, ...] = ()

    @property
    def digest(self) -> str:
        """``sha256:…`` over the objects; equal digests mean equal objects."""
        bodies = [manifest.body for manifest in self.manifests]
        text = json.dumps(bodies, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
