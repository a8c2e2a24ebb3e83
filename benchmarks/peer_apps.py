"""The same objects for kuplet's peers: each gets the files that it would have."""

import json
from collections.abc import Sequence
from pathlib import Path

import yaml
from work import NAMESPACE, SERVICE, Component, objects_of, write, yaml_text

_FUNCTION = f"function(params)\n{SERVICE}"


def parameters_text(of: Sequence[Component]) -> str:
    """Return the parameters of all components as JSON, which is Jsonnet too."""
    return json.dumps({one.name: one.parameters for one in of}, indent=2)


_ALL = """\
local web = import 'web.libsonnet';
local params = import 'params.json';
{ [name]: web(params[name]) for name in std.objectFields(params) }
"""


def tanka_app(root: Path, of: Sequence[Component]) -> None:
    """Write an environment of Tanka."""
    spec = {"apiServer": "https://127.0.0.1:6443", "namespace": NAMESPACE}
    document = {
        "apiVersion": "tanka.dev/v1alpha1",
        "kind": "Environment",
        "metadata": {"name": "environments/staging"},
        "spec": {**spec, "injectLabels": True},
    }
    write(
        root,
        {
            "jsonnetfile.json": '{"version": 1, "dependencies": [], "legacyImports": true}',
            "lib/web.libsonnet": _FUNCTION,
            "environments/staging/main.jsonnet": _ALL,
            "environments/staging/params.json": parameters_text(of),
            "environments/staging/spec.json": json.dumps(document),
        },
    )


def qbec_app(root: Path, of: Sequence[Component]) -> None:
    """Write an app of qbec."""
    spec = {
        "environments": {
            "staging": {"server": "https://127.0.0.1:6443", "defaultNamespace": NAMESPACE}
        }
    }
    document = {
        "apiVersion": "qbec.io/v1alpha1",
        "kind": "App",
        "metadata": {"name": "bench"},
        "spec": {**spec, "libPaths": ["lib"]},
    }
    write(
        root,
        {
            "qbec.yaml": yaml_text(document),
            "params.libsonnet": "{ components: {} }",
            "lib/web.libsonnet": _FUNCTION,
            "lib/params.json": parameters_text(of),
            "components/all.jsonnet": _ALL,
        },
    )


def kapitan_app(root: Path, of: Sequence[Component]) -> None:
    """Write an inventory of Kapitan with one target."""
    target = {
        "parameters": {
            "target_name": "staging",
            "web": {one.name: one.parameters for one in of},
            "kapitan": {
                "vars": {"target": "staging"},
                "compile": [
                    {
                        "output_path": "manifests",
                        "input_type": "jsonnet",
                        "output_type": "yaml",
                        "input_paths": ["components/all.jsonnet"],
                    }
                ],
            },
        }
    }
    program = """\
local kap = import 'lib/kapitan.libjsonnet';
local web = import 'web.libsonnet';
local params = kap.inventory().parameters.web;
{ [name]: std.objectValues(web(params[name])) for name in std.objectFields(params) }
"""
    write(
        root,
        {
            "inventory/classes/.keep": "",
            "inventory/targets/staging.yml": yaml_text(target),
            "lib/web.libsonnet": _FUNCTION,
            "components/all.jsonnet": program,
        },
    )


def kustomize_app(root: Path, of: Sequence[Component]) -> None:
    """Write a base with a file a component; it is rendered already, only the namespace is set."""
    files = {
        f"base/{one.name}.yaml": yaml.dump_all(
            objects_of(one), Dumper=yaml.CSafeDumper, sort_keys=False
        )
        for one in of
    }
    files["base/kustomization.yaml"] = yaml_text(
        {"resources": sorted(f"{o.name}.yaml" for o in of)}
    )
    overlay = {"namespace": NAMESPACE, "resources": ["../base"]}
    files["staging/kustomization.yaml"] = yaml_text(overlay)
    write(root, files)


_CHART = """\
{{- range $name, $p := .Values.web }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ $name }}, labels: {app: {{ $name }}}}
data: {settings: {{ $p.settings | quote }}, level: {{ $p.level }}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: {{ $name }}, labels: {app: {{ $name }}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ $name }}, labels: {app: {{ $name }}}}
spec:
  replicas: {{ $p.replicas }}
  selector: {matchLabels: {app: {{ $name }}}}
  template:
    metadata: {labels: {app: {{ $name }}}}
    spec:
      serviceAccountName: {{ $name }}
      containers:
      - name: main
        image: {{ $p.image }}
        ports: [{name: http, containerPort: {{ $p.port }}}]
        envFrom: [{configMapRef: {name: {{ $name }}}}]
        resources: {requests: {cpu: 100m, memory: 128Mi}}
---
apiVersion: v1
kind: Service
metadata: {name: {{ $name }}, labels: {app: {{ $name }}}}
spec:
  selector: {app: {{ $name }}}
  ports: [{name: http, port: 80, targetPort: {{ $p.port }}}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: {{ $name }}, labels: {app: {{ $name }}}}
spec:
  minReplicas: {{ $p.replicas }}
  maxReplicas: {{ add $p.replicas 8 }}
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ $name }}}
{{- end }}
"""


def helm_chart(root: Path, of: Sequence[Component]) -> None:
    """Write a chart whose values are the parameters."""
    write(
        root,
        {
            "Chart.yaml": "apiVersion: v2\nname: bench\nversion: 0.1.0\n",
            "values.yaml": yaml_text({"web": {one.name: one.parameters for one in of}}),
            "templates/all.yaml": _CHART,
        },
    )
