from pathlib import Path

import pytest
import yaml

from compiler.sandbox import ADDON_NAMES
from compiler.sandbox.catalogue import ALL_PROGRAMS
from compiler.sandbox.certificates import Certificates
from compiler.sandbox.components import describe_processes, ports_of, process_names
from compiler.sandbox.controller_startup import create_certificates
from compiler.sandbox.controllers.table import CONTROLLERS
from compiler.sandbox.installation import InstalledProgram
from compiler.sandbox.kubeconfig import write_kubeconfig
from compiler.sandbox.layout import Layout
from compiler.sandbox.processes import ProcessSpec
from compiler.sandbox.runtime import Runtime
from compiler.sandbox.settings import Settings

EVERYTHING = Settings(addons=frozenset(ADDON_NAMES))


def describe(directory: Path, settings: Settings) -> dict[str, ProcessSpec]:
    """Describe the processes of a sandbox whose programs need not exist."""
    layout = Layout(directory)
    layout.create()
    certificates = Certificates(layout.certificates)
    certificates.create()
    create_certificates(certificates, CONTROLLERS.values())
    write_kubeconfig(layout.kubeconfig, server="https://127.0.0.1:1", certificates=certificates)
    programs = {
        program.name: InstalledProgram(
            program=program, path=Path("/bin", program.name), version="1", origin="PATH"
        )
        for program in ALL_PROGRAMS
    }
    names = [port for process in process_names(settings) for port in ports_of(process)]
    ports = {name: number for number, name in enumerate(names, start=1)}
    return describe_processes(Runtime(layout=layout, programs=programs, ports=ports), settings)


def test_databases_start_first() -> None:
    assert process_names(Settings())[:2] == ("etcd", "kube-apiserver")


def test_tfjobs_are_simulated_unless_the_operator_runs() -> None:
    assert "tfjob-simulation" in process_names(Settings())
    assert "tfjob-simulation" not in process_names(EVERYTHING)
    assert "training-operator" in process_names(EVERYTHING)


@pytest.mark.parametrize("settings", [Settings(), EVERYTHING], ids=["default", "everything"])
def test_nothing_listens_beyond_loopback(settings: Settings, tmp_path: Path) -> None:
    for spec in describe(tmp_path, settings).values():
        for argument in spec.command:
            assert "0.0.0.0" not in argument  # noqa: S104  it is what must not be there
            if argument.startswith(("--listen", "--bind-address", "--server-address")):
                assert "127.0.0.1" in argument


def test_processes_get_nothing_of_the_users_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    for spec in describe(tmp_path, EVERYTHING).values():
        assert "HTTPS_PROXY" not in spec.environment
        assert spec.environment["HOME"] == str(tmp_path)


def test_describing_twice_restarts_nothing(tmp_path: Path) -> None:
    first = describe(tmp_path, EVERYTHING)
    prints = {name: spec.fingerprint for name, spec in first.items()}
    again = describe(tmp_path, EVERYTHING)
    assert {name: spec.fingerprint for name, spec in again.items()} == prints


def test_the_configuration_of_kwok_has_stages_for_nodes_pods_and_volumes(tmp_path: Path) -> None:
    describe(tmp_path, Settings())
    configuration = Layout(tmp_path).configuration / "kwok.yaml"
    documents = list(yaml.safe_load_all(configuration.read_text()))
    stages = [document for document in documents if document["kind"] == "Stage"]
    assert {stage["spec"]["resourceRef"]["kind"] for stage in stages} == {
        "Node",
        "Pod",
        "PersistentVolume",
        "PersistentVolumeClaim",
    }
    assert [each["kind"] for each in documents if each not in stages] == ["ClusterLogs"]
