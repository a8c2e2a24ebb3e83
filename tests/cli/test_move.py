"""``kuplet component move``: a training becomes another kind of job, its pods stay."""

from pathlib import Path

import pytest

from tests.factories import write_app
from tests.kuplet import Done, run_kuplet

BASE = """\
abstract: true
components:
  train:
    prototype: kuplet/tf-job
    params:
      image: a:1  # ours
      command: [python, train.py]
      env: {RATE: 0.1}
      num_workers: 2
      num_gpus: 1
      restart_policy: Never
"""
PROD = "extends: base\ncomponents: {train: {params: {num_workers: 7, memory: 8Gi}}}\n"


def app_with(tmp_path: Path, base: str = BASE) -> Path:
    files = {
        "environments/base.yaml": base,
        "environments/prod.yaml": PROD,
        "environments/staging.yaml": "extends: base\n",
    }
    return write_app(tmp_path / "app", files)


def move(app: Path, to: str, *more: str) -> Done:
    return run_kuplet("component", "move", "train", "--to", to, *more, cwd=app)


def rows(done: Done) -> list[list[str]]:
    return [line.split() for line in done.stdout.splitlines() if line.endswith("the same")]


@pytest.mark.parametrize("backend", ["trainjob", "pytorchjob", "tfjob"])
def test_the_pods_stay_what_they_are_in_all_environments(tmp_path: Path, backend: str) -> None:
    app = app_with(tmp_path)
    done = move(app, backend, "--yes")
    assert done.code == 0, done.stderr
    assert len(rows(done)) == 2 * 6, done.stdout
    assert ["pods", "8", "the", "same"] in rows(done)  # seven workers and a chief, of prod
    assert ["pods", "3", "the", "same"] in rows(done)
    assert ("move-wiring" in done.stderr) is (backend != "tfjob")
    assert "note[move-left]" in done.stderr
    text = (app / "environments/base.yaml").read_text()
    assert "image: a:1  # ours" in text
    assert "prototype: kuplet/train" in text
    assert f"backend: {backend}" in text
    assert "num_" not in text + (app / "environments/prod.yaml").read_text()
    assert run_kuplet("validate", cwd=app).code == 0


def test_a_training_can_be_moved_on_and_back(tmp_path: Path) -> None:
    app = app_with(tmp_path)
    assert move(app, "trainjob", "--yes").code == 0
    dry = move(app, "jobset", "--dry-run")
    assert dry.code == 0
    assert "MASTER_ADDR" in dry.stdout  # kuplet wires what no controller does
    back = move(app, "tfjob", "--yes")
    assert (back.code, len(rows(back))) == (0, 2 * 6)
    again = move(app, "tfjob", "--yes")
    assert (again.code, again.stderr) == (0, "it is one already\n")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("num_gpus: 1", "image_gpu: b:1", '"image_gpu"'),
        ("num_gpus: 1", "s3_secret: store", '"s3_secret"'),
        ("num_gpus: 1", "num_ps: 1", '"num_ps"'),
        ("kuplet/tf-job", "kuplet/kserve", "is made from kuplet/kserve"),
    ],
)
def test_what_would_be_lost_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    base = BASE.replace(old, new)
    if "kserve" in new:
        base = base.split("params:")[0] + "params: {model_format: onnx, storage_uri: 's3://a/b'}\n"
    app = app_with(tmp_path, base)
    if "kserve" in new:
        (app / "environments/prod.yaml").write_text(
            "apiVersion: kuplet.dev/v1\nkind: Environment\nextends: base\n"
        )
    before = (app / "environments/base.yaml").read_text()
    done = move(app, "trainjob", "--yes")
    assert (done.code, words in done.stderr) == (2, True), done.stderr
    assert (app / "environments/base.yaml").read_text() == before
