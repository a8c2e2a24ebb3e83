"""A disk that takes no more ends a command in an error, and every file is as it was."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from compiler.text.files import write_text
from tests.factories import write_app
from tests.kuplet import run_kuplet


def files(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    files = {"environments/base.yaml": "components: {}\n"}
    return write_app(tmp_path / "app", files)


def limited(app: Path, size: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run kuplet where no file may grow beyond a size: the nearest to a full disk without root."""
    limit = (
        "import resource, runpy, signal, sys;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}));"
        "sys.argv[0] = 'kuplet'; runpy.run_module('compiler', run_name='__main__')"
    )
    return subprocess.run(
        [sys.executable, "-B", "-c", limit, *arguments],
        cwd=app,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [("env", "add", "prod"), ("generate", "kuplet/minio", "storage")],
    ids=["env add", "generate"],
)
def test_a_full_disk_leaves_every_file_as_it_was(app: Path, arguments: tuple[str, ...]) -> None:
    before = files(app)
    done = limited(app, 10, *arguments)
    assert done.returncode == 3, done.stderr
    assert "error[file-unwritable]: cannot write" in done.stderr
    assert os.strerror(errno.EFBIG) in done.stderr
    assert ".draft" not in done.stderr
    assert files(app) == before


def test_an_error_names_the_file_that_was_to_be_written() -> None:
    path = Path("/proc/self/app.yaml")  # nobody, not even root, makes files there
    with pytest.raises(OSError, match=r"app\.yaml") as caught:
        write_text(path, "")
    assert caught.value.filename == str(path)


def test_a_component_is_removed_from_all_files_or_none(app: Path) -> None:
    run_kuplet("generate", "kuplet/minio", "storage", cwd=app)
    layer = "components:\n  storage: {params: {name: other}}\n"
    head = f"# {'x' * 300}\napiVersion: kuplet.dev/v1\nkind: Environment\nextends: base\n"
    (app / "environments/prod.yaml").write_text(head + layer)
    before = files(app)
    assert limited(app, 200, "component", "rm", "storage").returncode == 3
    assert files(app) == before
