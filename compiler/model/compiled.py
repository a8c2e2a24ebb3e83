"""The result of compiling one environment."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from compiler.model.app import Environment, Goal
from compiler.model.dag import ManifestDag
from compiler.model.finding import Finding
from compiler.model.manifest import Manifest, ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledEnvironment:
    """Everything the compiler knows of one environment.

    Attributes:
        manifests: In dependency order; stable.
        findings: What validation has to say, errors and warnings.
        components: The only ones that a command is about; empty for all.
        previous: The run before each one that starts anew.
        ended: Runs that have removed themselves, and how far they had come when they were seen.
    """

    environment: Environment
    manifests: tuple[Manifest, ...]
    dag: ManifestDag
    findings: tuple[Finding, ...] = ()
    components: tuple[str, ...] = ()
    previous: Mapping[ObjectRef, Manifest] = field(default_factory=dict)
    ended: Mapping[ObjectRef, Goal] = field(default_factory=dict)

    def only(self, components: Sequence[str]) -> "CompiledEnvironment":
        """Return the same compile for a command about some components; all if none is named."""
        wanted = {*components, ""}
        findings = (item for item in self.findings if not components or item.component in wanted)
        return replace(self, components=tuple(components), findings=tuple(findings))

    @property
    def selected(self) -> tuple[Manifest, ...]:
        """The objects that the command is about."""
        if not self.components:
            return self.manifests
        return tuple(item for item in self.manifests if item.origin.component in self.components)

    @property
    def digest(self) -> str:
        """``sha256:…`` over the objects; equal digests mean equal objects."""
        bodies = [manifest.body for manifest in self.manifests]
        text = json.dumps(bodies, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
