"""Starts a package with one prototype: everything that a package has, small enough to be read."""

from pathlib import Path

from compiler.errors import UsageError
from compiler.model.finding import Finding
from compiler.stages.names import check_new_name
from compiler.text.files import write_texts

_PROTOTYPE = """\
// @apiVersion 0.1
// @name io.example.pkg.NAME
// @description A web server and its Service. Say here what the prototype makes, and what it needs.
// @shortDescription A web server
// @optionalParam name string  Name of the objects; the component's name when empty
// @param image string Image of the server
// @optionalParam replicas integer 1 Number of pods
// @optionalParam port integer 8080 Port that the server listens on

local server = import '../NAME.libsonnet';

server.parts(params)
"""
_LIBRARY = """\
{
  // The objects, under named keys; a key in [if …] is left out when the condition does not hold.
  parts(params):: {
    deployment: deployment(params),
    service: service(params),
  },

  local labels(params) = {
    'app.kubernetes.io/name': 'NAME',
    'app.kubernetes.io/instance': params.name,
  },

  local metadata(params) = { name: params.name, labels: labels(params) },

  local deployment(params) = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(params),
    spec: {
      replicas: params.replicas,
      selector: { matchLabels: labels(params) },
      template: {
        metadata: { labels: labels(params) },
        spec: {
          containers: [{
            name: 'server',
            image: params.image,
            ports: [{ name: 'http', containerPort: params.port }],
            readinessProbe: { tcpSocket: { port: 'http' } },
          }],
        },
      },
    },
  },

  local service(params) = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(params),
    spec: {
      selector: labels(params),
      ports: [{ name: 'http', port: 80, targetPort: 'http' }],
    },
  },
}
"""
_SCHEMA = """\
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Parameters of NAME",
  "type": "object",
  "properties": {
    "replicas": {"minimum": 0},
    "port": {"minimum": 1, "maximum": 65535}
  }
}
"""
_PARTS = """\
apiVersion: 0.0.1
kind: ksonnet.io/parts
name: NAME
version: 0.1.0
description: A web server.
keywords: [web]
prototypes: [io.example.pkg.NAME]
"""
_README = """\
# NAME

Makes a web server: a Deployment, and a Service that listens on port 80.

## Parameters

| name | type | default | meaning |
|---|---|---|---|
| `name` | string |  | Name of the objects; the component's name when empty |
| `image` | string | required | Image of the server |
| `replicas` | integer | `1` | Number of pods |
| `port` | integer | `8080` | Port that the server listens on |

## When it runs

`kubectl port-forward service/NAME 8080:80`, then http://localhost:8080.

## When it does not come up

`kuplet status ENV` says why. `kuplet logs ENV -c COMPONENT` shows what the server prints.
"""
_EXAMPLE = """\
# An environment that uses it.
apiVersion: kuplet.dev/v1
kind: Environment
components:
  web:
    prototype: REGISTRY/NAME
    params: {image: registry.example.com/web:1.0.0}
"""
_CASE = "# What most people set.\nimage: registry.example.com/web:1.0.0\n"


def create_package(directory: Path, name: str) -> list[Path]:
    """Write a package into a new directory and return its files.

    Raises:
        UsageError: The name cannot be used, or is taken.
    """
    check_new_name(name, "a prototype")
    folder = directory / name
    if folder.exists():
        message = f'there is a "{name}" already'
        raise UsageError(Finding(rule="prototype-package", message=message))
    texts = {
        f"prototypes/{name}.jsonnet": _PROTOTYPE,
        f"prototypes/{name}.schema.json": _SCHEMA,
        f"{name}.libsonnet": _LIBRARY,
        "cases/default.yaml": _CASE,
        "example.yaml": _EXAMPLE,
        "README.md": _README,
        "parts.yaml": _PARTS,
    }
    files = {folder / file: text.replace("NAME", name) for file, text in texts.items()}
    write_texts(files)
    return list(files)
