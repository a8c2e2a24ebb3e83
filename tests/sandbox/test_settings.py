import json
from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.errors import UsageError
from compiler.sandbox.settings import NodeShape, Settings, read_settings, write_settings


def test_settings_are_read_as_they_were_written(tmp_path: Path) -> None:
    settings = Settings(
        nodes=NodeShape(count=1, gpus=8), addons=frozenset({"minio"}), ports={"etcd": 1234}
    )
    write_settings(tmp_path / "settings.json", settings)
    assert read_settings(tmp_path / "settings.json") == settings


def test_what_the_first_kuplet_wrote_is_understood(tmp_path: Path) -> None:
    old = {"nodes": {}, "training_operator": True, "minio": False, "ports": {}}
    (tmp_path / "settings.json").write_text(json.dumps(old))
    assert read_settings(tmp_path / "settings.json").addons == {"training-operator"}


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "settings.json") == Settings()


@pytest.mark.parametrize(
    "make_shape",
    [
        lambda: NodeShape(count=-1),
        lambda: NodeShape(gpus=-1),
        lambda: NodeShape(cpu="many"),
        lambda: NodeShape(memory="64 Gi"),
    ],
)
def test_impossible_nodes_are_a_usage_error(make_shape: Callable[[], NodeShape]) -> None:
    with pytest.raises(UsageError, match="of the sandbox's nodes must be"):
        make_shape()
