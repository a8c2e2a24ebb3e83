"""The commands of the blog post on ksonnet and Kubeflow, from an empty directory to apply."""

import subprocess
from pathlib import Path

import pytest

from compiler.sandbox import Sandbox
from tests.cluster.kubectl import Kubectl
from tests.kuplet import Done, run_kuplet
from tests.registry.places import Repository, write_package

pytestmark = pytest.mark.cluster

TAG = "v0.2.0-rc.1"
PACKAGES = {"core": "kubeflow-core", "tf-serving": "tf-serving", "tf-job": "tf-job"}
GIT_CONFIG = """\
[url "file://{directory}"]
  insteadOf = https://github.com/kubeflow/kubeflow
[user]
  name = Jo
  email = jo@example.com
"""


@pytest.fixture
def git_environment(tmp_path: Path) -> dict[str, str]:
    """What leads github.com to a repository of Kubeflow's shape on this machine."""
    directory = tmp_path / "kubeflow.git"
    config = tmp_path / "gitconfig"
    config.write_text(GIT_CONFIG.format(directory=directory))
    environment = {"GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_NOSYSTEM": "1"}
    for package, prototype in PACKAGES.items():
        write_package(directory / "kubeflow" / package, "kubeflow", package, prototype)
    for words in (("init", "--quiet"), ("add", "--all")):
        subprocess.run(["git", "-C", str(directory), *words], check=True)
    identity = ("-c", "user.name=Jo", "-c", "user.email=jo@example.com")
    commit = ("commit", "--quiet", "--message=first")
    subprocess.run(["git", "-C", str(directory), *identity, *commit], check=True)
    Repository(directory).git("tag", TAG)
    return environment


def test_from_an_empty_directory_to_a_running_training(
    tmp_path: Path, sandbox: Sandbox, git_environment: dict[str, str]
) -> None:
    app = tmp_path / "my-blog-app"
    # git, and a cache that holds nothing of Kubeflow's own
    for_packages = {**git_environment, "KUPLET_CACHE_DIR": str(tmp_path / "cache")}

    def ks(*arguments: str) -> Done:
        is_init = arguments[0] == "init"
        env = for_packages if arguments[0] in {"registry", "pkg"} else None
        return run_kuplet(*arguments, cwd=tmp_path if is_init else app, env=env)

    image = "registry.example.com/mnist:7"
    registry = f"github.com/kubeflow/kubeflow/tree/{TAG}/kubeflow"
    for arguments in (
        ("init", "my-blog-app"),
        ("registry", "add", "kubeflow", registry),
        *(("pkg", "install", f"kubeflow/{name}@{TAG}") for name in PACKAGES),
        ("generate", "core", "kubeflow-core", "--name=kubeflow-core", "--cloud=gke"),
        ("env", "add", "cloud"),
        ("generate", "tf-job", "my-training"),
        ("param", "list"),
        ("param", "set", "my-training", "cloud", image),
        ("param", "set", "my-training", "name", "train-7"),
        ("generate", "tf-serving", "serve", "--name=my-training-service"),
        ("param", "set", "serve", "cloud", "http://minio2:9000"),
    ):
        done = ks(*arguments)
        assert done.code == 0, done.stderr
    shown = ks("show", "cloud", "-c", "my-training")
    assert (shown.code, "name: train-7" in shown.stdout) == (0, True)
    assert ks("diff", "cloud").code == 1
    applied = ks("apply", "cloud", "-c", "my-training", "--yes")
    assert applied.code == 0, applied.stderr
    live = Kubectl(sandbox.kubeconfig).get("configmap", "train-7", "my-blog-app-cloud")
    assert live["data"]["cloud"] == image
    assert ks("diff", "cloud", "-c", "my-training").code == 0
