"""An app that can be changed at will, and the checks that its cluster is what it says."""

import base64
import json
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import TypeAlias, cast

from compiler.executor.lock import Locking
from compiler.executor.removal import Pruning
from compiler.executor.running import Patience
from compiler.formats.options import CompileOptions
from compiler.model.app import Environment
from compiler.model.compiled import CompiledEnvironment
from compiler.model.json import JsonObject
from compiler.model.manifest import manifest_of, mapping_at, objects_at, text_at
from compiler.model.outcome import Outcome
from compiler.model.owner import Owner
from compiler.model.release import Release
from compiler.verbs.apply import ApplyOptions, carry_out, plan_apply
from compiler.verbs.compile import compile_selected, resolve_environment
from compiler.verbs.destination import Target
from compiler.verbs.proposal import Proposal
from compiler.verbs.record import releases_of
from tests.factories import load, write_app

Key: TypeAlias = tuple[str, str]  # kind and name of an object
Data: TypeAlias = dict[str, str]
Objects: TypeAlias = dict[Key, Data]

COMPONENTS = ("data", "train", "serve", "web")
TRAIN = COMPONENTS[1]  # has a Job as well
BAD = "bad"  # the version of its image that fails
KEPT_RUNS = 2
EVERYTHING = ApplyOptions(force=True, forward=True, pruning=Pruning(is_confirmed=True))
_PART_OF = "applyset.kubernetes.io/part-of"
_OWNER = Owner("demo", "test")


class System:
    """One environment of one app in a namespace of its own, and an object of somebody else there.

    Attributes:
        app: What the app says, by component.
        version: That of the image of the Job; empty when there is no Job.
        needs: Which component another one waits for.
        server: Where its environment's file says that it is applied.
        added: Which key somebody else has put into an object.
    """

    def __init__(self, root: Path, namespace: str, target: Target) -> None:
        self.root = root
        self.namespace = namespace
        self.target = target
        self.app: dict[str, Objects] = {name: {} for name in COMPONENTS}
        self.app["data"] = {("ConfigMap", "first"): {"mode": "1"}}
        self.version = ""
        self.needs: dict[str, str] = {}
        self.server = ""
        self.added: dict[Key, str] = {}
        self._foreign = self.written_by_somebody(("ConfigMap", "foreign"), {"mode": "mine"})

    @property
    def wanted(self) -> Objects:
        """What the app says, but for the Job."""
        return {key: dict(data) for part in self.app.values() for key, data in part.items()}

    def has(self, component: str) -> bool:
        """Return whether anything is in a component."""
        return bool(self.app[component] or (component == TRAIN and self.version))

    def put(self, component: str, key: Key, data: Data) -> None:
        """Add an object to a component, or move it there."""
        for objects in self.app.values():
            objects.pop(key, None)
        self.app[component][key] = data

    # What kuplet does with it.

    @property
    def environment(self) -> Environment:
        """As its file says now."""
        return resolve_environment(load(self._written()), "test")

    def compiled(self, *only: str) -> CompiledEnvironment:
        """Return what the app says now."""
        return compile_selected(load(self._written()), "test", only, CompileOptions())

    def planned(self, *only: str, target: Target | None = None) -> Proposal:
        """Plan an apply that takes what it needs and removes what it should, unasked."""
        return plan_apply(self.compiled(*only), target or self.target, EVERYTHING)

    def carried_out(
        self,
        proposal: Proposal,
        patience: Patience,
        target: Target | None = None,
        locking: Locking = Locking(),  # noqa: B008  frozen
    ) -> Generator[Outcome]:
        """Carry out a plan; whoever closes what is returned interrupts it."""
        outcomes = carry_out(
            load(self.root), proposal, target or self.target, CompileOptions(), patience, locking
        )
        return cast("Generator[Outcome]", outcomes)

    def releases(self) -> tuple[Release, ...]:
        """Return those that can be read, the newest first."""
        return releases_of(self.environment, self.target.cluster).all().releases

    def _written(self) -> Path:
        for old in (self.root / "components").glob("*.yaml"):
            old.unlink()
        there = [name for name in COMPONENTS if self.has(name)]
        files = {f"components/{name}.yaml": _text(self.app[name]) for name in there}
        if self.version:
            files[f"components/{TRAIN}.yaml"] += f"---\n{_job(self.version)}"
        server = f", server: '{self.server}'" if self.server else ""
        lines = [f"destination: {{namespace: {self.namespace}{server}}}", "components:"]
        for name in there:
            needed = self.needs.get(name)
            needs = f", needs: [{needed}]" if needed in there else ""
            lines.append(f"  {name}: {{source: components/{name}.yaml, onChange: run{needs}}}")
        lines.append(f"history: {{runs: {KEPT_RUNS}}}")
        return write_app(self.root, {"environments/test.yaml": "\n".join(lines) + "\n", **files})

    # What somebody else does.

    def written_by_somebody(self, key: Key, data: Data) -> JsonObject:
        """Write into an object as another field manager; make it if it is not there."""
        kind, name = key
        body: JsonObject = {
            "apiVersion": "v1",
            "kind": kind,
            "metadata": {"name": name, "namespace": self.namespace},
            "data": {item: _coded(kind, text) for item, text in data.items()},
        }
        return self.target.cluster.apply(body, force=True, manager="kubectl-edit")

    # What is there.

    def live(self) -> dict[Key, JsonObject]:
        """Return what bears the label of the environment's set, but for Jobs."""
        selector = f"{_PART_OF}={_OWNER.applyset(self.namespace)}"
        found: dict[Key, JsonObject] = {}
        for kind in ("ConfigMap", "Secret"):
            for item in self._listed("v1", kind, selector):
                found[kind, text_at(item, "metadata", "name")] = item
        return found

    def runs(self) -> dict[str, JsonObject]:
        """Return the Jobs of the environment by their names."""
        found = self._listed("batch/v1", "Job", _OWNER.selector)
        return {text_at(item, "metadata", "name"): item for item in found}

    def _listed(self, api_version: str, kind: str, selector: str) -> list[JsonObject]:
        cluster = self.target.cluster
        return cluster.list_objects(api_version, kind, self.namespace, labelSelector=selector)

    # What must be true.

    def check_live(self, wanted: Objects) -> None:
        """Check that exactly these objects are there, and as they should be."""
        live = self.live()
        assert set(live) == set(wanted)
        for key, data in wanted.items():
            self.check_like(key, live[key], data)

    def check_like(self, key: Key, live: JsonObject, data: Data) -> None:
        """Check that an object holds what the app says, and besides only what others have put."""
        found = _plain(key[0], mapping_at(live, "data"))
        assert set(found) - set(data) <= {self.added.get(key, "")}, (key, found, data)
        assert {name: found.get(name) for name in data} == data

    def check_run(self, newest: Release) -> None:
        """Check that the newest run is that of the app, and that no more are kept than wanted."""
        runs = self.runs()
        current = [item.ref.name for item in newest.manifests if item.ref.kind == "Job"]
        assert len(current) == bool(self.version)
        for name in current:
            (container,) = objects_at(runs[name], "spec", "template", "spec", "containers")
            assert container["image"] == f"example.test/train:{self.version}"
        for name, live in runs.items():
            conditions = objects_at(live, "status", "conditions")
            assert any(item["type"] == "Complete" for item in conditions), name
        assert len(runs) <= KEPT_RUNS + len(current)

    def check_foreign(self) -> None:
        """Check that what kuplet never made is as it was."""
        live = self.target.cluster.read(manifest_of(self._foreign))
        assert live is not None
        seen = text_at(self._foreign, "metadata", "resourceVersion")
        assert text_at(live, "metadata", "resourceVersion") == seen


def _text(objects: Mapping[Key, Data]) -> str:
    """Return objects as YAML; JSON is YAML."""
    documents = [
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": kind,
                "metadata": {"name": name},
                "data": {item: _coded(kind, text) for item, text in data.items()},
            }
        )
        for (kind, name), data in objects.items()
    ]
    return "\n---\n".join(documents) + "\n"


def _job(version: str) -> str:
    behaviour = "sandbox.kuplet.dev/behaviour: fail" if version == BAD else ""
    return (
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: train}\n"
        f"spec: {{backoffLimit: 0, template: {{metadata: {{annotations: {{{behaviour}}}}}, spec: {{"
        "restartPolicy: Never, containers: "
        f"[{{name: a, image: 'example.test/train:{version}'}}]}}}}}}\n"
    )


def _coded(kind: str, text: str) -> str:
    return base64.b64encode(text.encode()).decode() if kind == "Secret" else text


def _plain(kind: str, data: JsonObject) -> Data:
    if kind != "Secret":
        return {name: str(value) for name, value in data.items()}
    return {name: base64.b64decode(str(value)).decode() for name, value in data.items()}
