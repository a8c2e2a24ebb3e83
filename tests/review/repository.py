"""A small git repository with an app in a directory of it, and a change that does everything."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.factories import write_app

APP = "ml"
# The same commits on every machine, so that golden files can hold their names.
_IDENTITY = {
    "GIT_AUTHOR_NAME": "Joe",
    "GIT_AUTHOR_EMAIL": "joe@example.com",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "Joe",
    "GIT_COMMITTER_EMAIL": "joe@example.com",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}

WEB = """\
// @optionalParam name string web Name
// @param image string Image
// @optionalParam replicas integer 1 Pods
// @optionalParam claim string data Where it writes
// @optionalParam verbs array ["get"] What it may do with pods
local labels = { app: params.name };
{
  data: {
    apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: params.claim },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } } },
  },
  role: {
    apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole",
    metadata: { name: "mnist-web" },
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: params.verbs }],
  },
  web: {
    apiVersion: "apps/v1", kind: "Deployment", metadata: { name: params.name },
    spec: {
      replicas: params.replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: labels },
        spec: {
          containers: [{
            name: "web", image: params.image,
            resources: { requests: { cpu: "500m", memory: "1Gi" } },
          }],
          volumes: [{ name: "data", persistentVolumeClaim: { claimName: params.claim } }],
        },
      },
    },
  },
}
"""
CACHE = """\
// @optionalParam name string  Name
{
  apiVersion: "v1", kind: "ConfigMap", metadata: { name: params.name },
  data: { policy: "lru", size: "100", keep: "yes", ttl: "60" },
}
"""
BASE = """\
abstract: true
kubernetes: "1.36"
components:
  cache: {source: components/cache.jsonnet}
  train:
    prototype: kuplet/tf-job
    params:
      image: mnist/train:1
      num_workers: 1
  web:
    source: components/web.jsonnet
    params:
      image: mnist/web:1
"""
PROD = """\
extends: base
destination: {context: prod, namespace: mnist}
components:
  train:
    params:
      num_gpus: 1
  web:
    params:
      replicas: 2
"""
FILES = {
    "app.yaml": "apiVersion: kuplet.dev/v1\nkind: App\nname: mnist\n",
    "components/web.jsonnet": WEB,
    "components/cache.jsonnet": CACHE,
    "environments/base.yaml": BASE,
    "environments/prod.yaml": PROD,
    "environments/staging.yaml": "extends: base\n",
    "environments/lab.yaml": "destination: {namespace: lab}\ncomponents:\n"
    "  cache: {source: components/cache.jsonnet}\n",
}


def git(directory: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(directory), *arguments],
        env={**os.environ, **_IDENTITY},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def make_repository(root: Path, files: Mapping[str, str] = FILES) -> Path:
    """Commit an app to ``main``, leave on branch ``change``, and return the app's directory."""
    app = write_app(root / APP, files)
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(app, "the app")
    git(root, "checkout", "--quiet", "-b", "change")
    return app


def commit(directory: Path, message: str) -> None:
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--allow-empty", "-m", message)


def edit(app: Path, file: str, old: str, new: str) -> None:
    path = app / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def change_everything(app: Path) -> None:
    """Play the week of a team: whatever a review is there to catch, it does."""
    edit(app, "environments/base.yaml", "mnist/web:1", "mnist/web:latest")
    edit(app, "environments/base.yaml", "  cache: {", "  memory: {")
    edit(app, "environments/prod.yaml", "num_gpus: 1", "num_gpus: 2")
    edit(
        app,
        "environments/prod.yaml",
        "      replicas: 2\n",
        "      replicas: 3\n      claim: data-2\n      verbs: [get, delete]\n",
    )
