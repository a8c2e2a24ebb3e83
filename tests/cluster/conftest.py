"""An app of its own for each test, in the one sandbox that all tests share."""

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from compiler.sandbox import Sandbox
from tests.cluster.kubectl import Kubectl
from tests.factories import write_app

_NUMBERS = itertools.count(1)


@pytest.fixture
def kubectl(sandbox: Sandbox) -> Kubectl:
    return Kubectl(sandbox.kubeconfig)


@pytest.fixture
def make_app(sandbox: Sandbox, tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Return a function that writes an app whose name, and so its namespace, is its own."""

    def make(components: Mapping[str, str], staging: str = "") -> Path:
        number = next(_NUMBERS)
        lines = [f"  {Path(file).stem}: {{source: components/{file}}}" for file in components]
        base = "abstract: true\ncomponents:\n" + "\n".join(lines) + "\n"
        return write_app(
            tmp_path / f"app{number}",
            {
                "app.yaml": f"apiVersion: kuplet.dev/v1\nkind: App\nname: app{number}\n",
                "environments/base.yaml": base,
                "environments/staging.yaml": f"extends: base\n{staging}",
                **{f"components/{file}": text for file, text in components.items()},
            },
        )

    return make


@pytest.fixture
def golden(*, update_golden: bool) -> Callable[[str, str], None]:
    """Return a check of a text against a reviewed file."""

    def check(name: str, found: str) -> None:
        expected = Path(__file__).parent / "golden" / f"{name}.txt"
        if update_golden:
            expected.write_text(found, encoding="utf-8")
        assert found == expected.read_text(encoding="utf-8")

    return check
