"""What several tests of applies need."""

from pathlib import Path

import pytest

from tests.executor.applying import AppWith
from tests.factories import write_app


@pytest.fixture
def app_with(tmp_path: Path) -> AppWith:
    """Return a function that rewrites the app: it has these components, each with its objects."""

    def write(**components: str) -> Path:
        for old in (tmp_path / "components").glob("*.yaml"):
            old.unlink()
        lines = [f"  {name}: {{source: components/{name}.yaml}}\n" for name in components]
        head = "destination: {namespace: test}\n"
        body = "components:\n" + "".join(lines) if lines else ""
        files = {f"components/{name}.yaml": text for name, text in components.items()}
        return write_app(tmp_path, {"environments/test.yaml": head + body, **files})

    return write
