"""The work that is measured: components of five objects each, made from a seed, for every tool.

`objects_of` says what the objects are. Each writer gives one tool what it needs to make the same
ones; `same_objects` holds what came out against them, so that no tool is fast by doing less.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

NAMESPACE = "bench"
_HEAD = "apiVersion: kuplet.dev/v1\nkind: {kind}\n"
# What tools write into objects to find them again; it is no part of the work.
_OWN_MARKS = (
    "app.kubernetes.io/",
    "kuplet.dev/",
    "tanka.dev/",
    "qbec.io/",
    "kapp.k14s.io/",
    "helm.sh/",
)

SERVICE = """\
{
  local labels = { app: params.name },
  config: {
    apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: params.name, labels: labels },
    data: { settings: params.settings, level: params.level },
  },
  account: {
    apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: params.name, labels: labels },
  },
  deployment: {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: params.name, labels: labels },
    spec: {
      replicas: params.replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: labels },
        spec: {
          serviceAccountName: params.name,
          containers: [{
            name: 'main', image: params.image,
            ports: [{ name: 'http', containerPort: params.port }],
            envFrom: [{ configMapRef: { name: params.name } }],
            resources: { requests: { cpu: '100m', memory: '128Mi' } },
          }],
        },
      },
    },
  },
  service: {
    apiVersion: 'v1', kind: 'Service', metadata: { name: params.name, labels: labels },
    spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: params.port }] },
  },
  scaler: {
    apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler',
    metadata: { name: params.name, labels: labels },
    spec: {
      minReplicas: params.replicas, maxReplicas: params.replicas + 8,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: params.name },
    },
  },
}
"""
_DECLARED = """\
// @param image string  Image
// @param level string  Level
// @param port integer  Port
// @param replicas integer  Pods
// @param settings string  Settings
// @optionalParam name string  Name
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Component:
    """What one component is made of."""

    name: str
    replicas: int
    port: int
    image: str
    level: str
    settings: str

    @property
    def parameters(self) -> dict[str, Any]:
        """Return them as a tool takes them."""
        return {
            "name": self.name,
            "replicas": self.replicas,
            "port": self.port,
            "image": self.image,
            "level": self.level,
            "settings": self.settings,
        }


def components(count: int, seed: int) -> list[Component]:
    """Return components; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311  work, no secret
    return [
        Component(
            name=f"web-{number:05}",
            replicas=chance.randint(1, 4),
            port=chance.randint(1024, 9999),
            image=f"example.com/team-{chance.randint(1, 20)}/web:1.{chance.randint(0, 99)}",
            level=chance.choice(("debug", "info", "warning")),
            settings="".join(
                f"key-{line}={chance.getrandbits(32):08x}\n" for line in range(chance.randint(2, 8))
            ),
        )
        for number in range(count)
    ]


def objects_of(component: Component) -> list[dict[str, Any]]:
    """Return the objects of a component."""
    name, labels = component.name, {"app": component.name}

    def an_object(api_version: str, kind: str, **content: object) -> dict[str, Any]:
        metadata = {"name": name, "labels": dict(labels)}
        return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content}

    container = {
        "name": "main",
        "image": component.image,
        "ports": [{"name": "http", "containerPort": component.port}],
        "envFrom": [{"configMapRef": {"name": name}}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
    }
    pod = {"serviceAccountName": name, "containers": [container]}
    deployment = {
        "replicas": component.replicas,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    service = {
        "selector": labels,
        "ports": [{"name": "http", "port": 80, "targetPort": component.port}],
    }
    scaler = {
        "minReplicas": component.replicas,
        "maxReplicas": component.replicas + 8,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
    }
    data = {"settings": component.settings, "level": component.level}
    return [
        an_object("v1", "ConfigMap", data=data),
        an_object("v1", "ServiceAccount"),
        an_object("apps/v1", "Deployment", spec=deployment),
        an_object("v1", "Service", spec=service),
        an_object("autoscaling/v2", "HorizontalPodAutoscaler", spec=scaler),
    ]


def write(root: Path, files: dict[str, str]) -> None:
    """Write files below a directory."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def environment_text(of: Sequence[Component], **fields: object) -> str:
    """Return an environment of kuplet with these components."""
    rows = {one.name: {"source": "components/web.jsonnet", "params": one.parameters} for one in of}
    head = {"kubernetes": "1.36", "destination": {"namespace": NAMESPACE}, **fields}
    return _HEAD.format(kind="Environment") + yaml_text({**head, "components": rows})


def yaml_text(value: object) -> str:
    """Return YAML as people would write it."""
    return yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False, default_flow_style=False)


def kuplet_app(root: Path, of: Sequence[Component]) -> None:
    """Write an app with one environment, staging."""
    write(
        root,
        {
            "app.yaml": _HEAD.format(kind="App") + "name: bench\n",
            "components/web.jsonnet": _DECLARED + SERVICE,
            "environments/staging.yaml": environment_text(of),
        },
    )


def kuplet_app_of_one_component(root: Path, of: Sequence[Component]) -> None:
    """Write the same objects as one component, of one file of YAML."""
    bodies = [body for one in of for body in objects_of(one)]
    text = yaml.dump_all(bodies, Dumper=yaml.CSafeDumper, sort_keys=False)
    environment = {
        "kubernetes": "1.36",
        "destination": {"namespace": NAMESPACE},
        "components": {"all": {"source": "components/all.yaml"}},
    }
    write(
        root,
        {
            "app.yaml": _HEAD.format(kind="App") + "name: bench\n",
            "components/all.yaml": text,
            "environments/staging.yaml": _HEAD.format(kind="Environment") + yaml_text(environment),
        },
    )


def difference(made: str, of: Sequence[Component]) -> str:
    """Return how YAML or JSON that a tool made differs from the objects; empty if it does not."""
    found = {_key(body): _plain(body) for body in _documents(made)}
    wanted = {_key(body): _plain(body) for one in of for body in objects_of(one)}
    if missing := wanted.keys() - found.keys():
        return f"{len(missing)} objects are missing, such as {min(missing)}"
    if more := found.keys() - wanted.keys():
        return f"{len(more)} objects too many, such as {min(more)}"
    unlike = sorted(key for key, body in wanted.items() if found[key] != body)
    return f"{len(unlike)} objects differ, such as {unlike[0]}" if unlike else ""


def _documents(made: str) -> Iterator[dict[str, Any]]:
    for document in yaml.load_all(made, Loader=yaml.CSafeLoader):
        if isinstance(document, list):
            yield from document
        elif document and document.get("kind") == "List":
            yield from document["items"]
        elif document:
            yield document


def _key(body: dict[str, Any]) -> tuple[str, str]:
    return body["kind"], body["metadata"]["name"]


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    """Return an object without its namespace and without the marks of a tool."""
    metadata = {key: value for key, value in body["metadata"].items() if key != "namespace"}
    for field in ("labels", "annotations"):
        kept = {k: v for k, v in metadata.pop(field, {}).items() if not k.startswith(_OWN_MARKS)}
        if kept:
            metadata[field] = kept
    return {**body, "metadata": metadata}
