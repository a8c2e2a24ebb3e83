"""Small builders of domain values, with defaults for what a test does not care about."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from compiler.model.app import App, Component, Destination, Environment, Need
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, Origin, group_of, mapping_at, text_at
from compiler.model.owner import Owner
from compiler.model.plan import Plan, Step, TargetIdentity
from compiler.model.prototype import Prototype
from compiler.model.release import ReleaseVerb
from compiler.model.source import SourceSpan

TARGET = TargetIdentity(server="https://fake", ca="", namespace="test")
SPAN = SourceSpan("environments/test.yaml", 1, 1, 2, "x")


def make_manifest(
    kind: str = "ConfigMap",
    name: str = "config",
    *,
    api_version: str = "v1",
    namespace: str = "test",
    component: str = "web",
    **fields: object,
) -> Manifest:
    metadata: JsonObject = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    body: JsonObject = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}  # type: ignore[dict-item]
    return manifest_of(body, component)


def manifest_of(body: JsonObject, component: str = "web") -> Manifest:
    metadata = mapping_at(body, "metadata")
    group = group_of(text_at(body, "apiVersion"))
    namespace, name = text_at(metadata, "namespace"), text_at(metadata, "name")
    ref = ObjectRef(group, text_at(body, "kind"), namespace, name)
    return Manifest(ref=ref, body=body, origin=Origin(component=component, file="web.jsonnet"))


def make_pod_owner(
    kind: str = "Deployment", name: str = "web", *, pod: JsonObject | None = None, **more: str
) -> Manifest:
    spec: JsonObject = {
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": pod or {"containers": []}},
    }
    return make_manifest(kind, name, api_version="apps/v1", spec=spec, **more)


def make_environment(
    *, components: Iterable[Component] = (), external: Iterable[str] = (), kubernetes: str = "1.36"
) -> Environment:
    return Environment(
        app="demo",
        name="test",
        layers=("base", "test"),
        kubernetes=kubernetes,
        destination=Destination(),
        namespace="test",
        external=frozenset(external),
        components=tuple(components),
    )


def make_plan(
    *steps: Step,
    target: TargetIdentity = TARGET,
    destination: str = "",
    after: int = 0,
    digest: str = "",
    verb: ReleaseVerb = ReleaseVerb.APPLY,
) -> Plan:
    return Plan(
        verb=verb,
        app="demo",
        environment="test",
        destination=destination,
        target=target,
        owner=Owner("demo", "test"),
        after=after,
        digest=digest,
        steps=steps,
    )


def make_component(name: str = "web", *, needs: Iterable[Need] = ()) -> Component:
    prototype = Prototype(name=name, file=f"components/{name}.jsonnet", source="{}")
    return Component(name=name, prototype=prototype, parameters={}, needs=tuple(needs), span=SPAN)


def write_app(root: Path, files: Mapping[str, str]) -> Path:
    """Write an app; ``app.yaml`` and the head of each environment file are filled in."""
    all_files = {"app.yaml": "apiVersion: kuplet.dev/v1\nkind: App\nname: demo\n", **files}
    for name, text in all_files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        is_environment = path.match("environments/*.yaml") and "apiVersion" not in text
        head = "apiVersion: kuplet.dev/v1\nkind: Environment\n" if is_environment else ""
        path.write_text(head + text, encoding="utf-8")
    return root


def load(root: Path) -> App:
    from compiler.formats.kuplet.load import load_app

    return load_app(root)
