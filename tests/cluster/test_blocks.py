"""The built-in jobs and servers, as the real controllers of their kinds take them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compiler.sandbox import NodeShape, Sandbox
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

MakeApp = Callable[..., Path]

ADDONS = ["jobset", "kserve", "kuberay", "kueue", "lws", "trainer", "training-operator"]
NOTES = {
    "notes.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: notes}\n",
}
CIFAR = {"image": "ghcr.io/example/cifar:1.0.0", "command": ["torchrun", "train.py"], "nodes": 2}
QUOTAS = {"cpu": 40, "memory": "150Gi", "nvidia.com/gpu": 3}
QUEUE = {"prototype": "kuplet/queue", "params": {"quotas": QUOTAS}}
RUNS: dict[str, dict[str, object]] = {
    "shipped": {"prototype": "kuplet/train", "params": CIFAR | {"shm_size": "1Gi"}},
    "own": {"prototype": "kuplet/train", "params": CIFAR | {"backoff_limit": 2}},
    "torch": {"prototype": "kuplet/train", "params": CIFAR | {"backend": "pytorchjob"}},
    "tensor": {"prototype": "kuplet/train", "params": CIFAR | {"backend": "tfjob"}},
    "jobs": {"prototype": "kuplet/train", "params": CIFAR | {"backend": "jobset"}},
    "ray": {"prototype": "kuplet/ray-job", "params": CIFAR},
}
SERVERS: dict[str, dict[str, object]] = {
    "model": {
        "prototype": "kuplet/kserve",
        "params": {"model_format": "sklearn", "storage_uri": "gs://models/iris"},
    },
    "apps": {
        "prototype": "kuplet/ray-serve",
        "params": {
            "image": "ghcr.io/example/cifar:1.0.0",
            "applications": [{"name": "cifar", "import_path": "serve:app"}],
        },
    },
    "chat": {
        "prototype": "kuplet/vllm",
        "params": {"model": "Qwen/Qwen3-8B", "nodes": 2, "cpu": 1, "memory": "4Gi"},
    },
}


# Pods of other tests still run, and may hold what smaller nodes have.
ROOMY = NodeShape(count=3, cpu="64", memory="256Gi", gpus=8)


@pytest.fixture(scope="module", autouse=True)
def _controllers(sandbox: Sandbox) -> Iterator[None]:
    nodes = sandbox.status().nodes
    sandbox.start(print, add=ADDONS, nodes=ROOMY)
    yield
    sandbox.start(print, remove=ADDONS, nodes=nodes)


def queued(components: dict[str, dict[str, object]], **further: object) -> str:
    """Return the components of an environment file, all of them in the queue."""
    waiting = {
        name: {**entry, "params": {**_params(entry), "queue": "line", **further}}
        for name, entry in components.items()
    }
    return "components: " + json.dumps({"line": QUEUE, **waiting}) + "\n"


def _params(entry: dict[str, object]) -> dict[str, object]:
    params = entry["params"]
    assert isinstance(params, dict)
    return params


def test_jobs_of_every_backend_pass_the_queue_and_a_change_runs_each_anew(
    make_app: MakeApp,
) -> None:
    app = make_app(NOTES, queued(RUNS))
    first = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert first.code == 0, first.stderr
    again = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert "no changes" in again.stderr, again.stderr
    environment = app / "environments/staging.yaml"
    text = environment.read_text("utf-8")
    environment.write_text(text.replace(queued(RUNS), queued(RUNS, args=["--learning-rate=0.02"])))
    changed = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert (changed.code, f"{len(RUNS)} created" in changed.stderr) == (0, True), changed.stderr
    # Another runtime is another run, too, though the job itself says nothing else.
    limit = {"own": {**RUNS["own"], "params": CIFAR | {"backoff_limit": 3}}}
    environment.write_text(text.replace(queued(RUNS), queued(RUNS | limit)))
    other = run_kuplet("apply", "staging", "--yes", "-c", "own", cwd=app)
    assert (other.code, "2 created" in other.stderr) == (0, True), other.stderr


def test_servers_get_ready_in_a_queue_and_a_second_apply_changes_nothing(
    make_app: MakeApp,
) -> None:
    app = make_app(NOTES, queued(SERVERS))
    first = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert first.code == 0, first.stderr
    again = run_kuplet("apply", "staging", "--yes", cwd=app)
    assert "no changes" in again.stderr, again.stderr
