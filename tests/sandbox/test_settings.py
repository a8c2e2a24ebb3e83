from pathlib import Path

from compiler.sandbox.settings import NodeShape, Settings, read_settings, write_settings


def test_settings_are_read_as_they_were_written(tmp_path: Path) -> None:
    settings = Settings(nodes=NodeShape(count=1, gpus=8), minio=True, ports={"etcd": 1234})
    write_settings(tmp_path / "settings.json", settings)
    assert read_settings(tmp_path / "settings.json") == settings


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "settings.json") == Settings()
