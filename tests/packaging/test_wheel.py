"""The wheel works where there is no checkout."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the backend that pyproject.toml names."""
    directory = tmp_path_factory.mktemp("dist")
    build = f"import hatchling.build as b; print(b.build_wheel({str(directory)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", build], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return directory / done.stdout.split()[-1]


def test_the_wheel_carries_its_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        "compiler/_bundled/prototypes/tf-job/prototypes/tf-job.jsonnet",
        "compiler/_bundled/schemas/environment.schema.json",
        "compiler/cli/report/review_page/style.css",
        "compiler/formats/klib/k.libsonnet",
        "compiler/formats/klib/generated/klib/core.v1.libsonnet",
        "compiler/sandbox/programs/control-plane/go.sum",
        "compiler/sandbox/stages/pods.yaml",
        "compiler/py.typed",
    ):
        assert name in names
    top = {name.partition("/")[0] for name in names}
    assert {entry for entry in top if not entry.endswith(".dist-info")} == {"compiler"}


def test_an_installed_wheel_compiles_the_example_app_from_another_directory(
    wheel: Path, tmp_path: Path
) -> None:
    """Dependencies come from this environment, kuplet itself only from the wheel."""
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv/bin/python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    own = _site_packages(python)
    (own / "dependencies.pth").write_text(f"{_site_packages(Path(sys.executable))}\n")
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    where = subprocess.run(
        [python, "-c", "import compiler; print(compiler.__file__)"],
        cwd=tmp_path, env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert Path(where.stdout.strip()).is_relative_to(tmp_path)
    done = subprocess.run(
        [tmp_path / "venv/bin/kuplet", "--dir", ROOT, "compile", "prod", "-o", "name"],
        cwd=tmp_path, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "tfjob.kubeflow.org/train" in done.stdout.splitlines()


def _site_packages(python: Path) -> Path:
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())
