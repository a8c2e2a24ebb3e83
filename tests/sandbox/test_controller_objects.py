"""Objects as they lie in the controllers' modules, and as they are applied."""

from pathlib import Path

import pytest

from compiler.model.json import JsonObject
from compiler.sandbox.controller_objects import ControllerObjects, objects_of
from compiler.sandbox.controllers.jobset import JOBSET
from compiler.sandbox.controllers.kserve import KSERVE
from compiler.sandbox.controllers.kueue import KUEUE
from compiler.sandbox.webhook_certificates import FILES


def webhooks(kind: str, *names: str) -> JsonObject:
    service: JsonObject = {"name": "webhook-service", "namespace": "system", "path": "/mutate"}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": "mutating-webhook-configuration"},
        "webhooks": [{"name": name, "clientConfig": {"service": service}} for name in names],
    }


def definition(plural: str) -> JsonObject:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.example.test"},
        "spec": {"names": {"plural": plural}},
        "status": {"storedVersions": None},
    }


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).write_text(name)
    return tmp_path


def only(objects: tuple[JsonObject, ...]) -> JsonObject:
    (found,) = objects
    return found


def test_webhooks_are_called_on_loopback_under_a_name_of_the_controllers(
    certificates: Path,
) -> None:
    manifest = webhooks("MutatingWebhookConfiguration", "mjobset.kb.io", "mpod.kb.io")
    objects = objects_of(JOBSET, [manifest], port=1234, certificates=certificates)
    found = only(objects.webhooks)
    assert found["metadata"] == {
        "name": "jobset-mutating-webhook-configuration",
        "labels": {"sandbox.kuplet.dev/controller": "jobset"},
    }
    match found["webhooks"]:
        case [{"clientConfig": config, **jobsets}, {"objectSelector": _}]:
            assert config == {"url": "https://127.0.0.1:1234/mutate", "caBundle": "Y2EuY3J0"}
            assert "objectSelector" not in jobsets
        case other:
            pytest.fail(str(other))
    assert objects.webhook_paths == {"/mutate"}


def test_kinds_are_converted_where_the_controller_does_that(certificates: Path) -> None:
    objects = kueue([definition("workloads"), definition("topologies")], certificates)
    converted, plain = objects.definitions
    assert "conversion" in str(converted["spec"])
    assert "conversion" not in str(plain["spec"])
    assert "status" not in plain


def test_a_controller_that_makes_certificates_finds_them(certificates: Path) -> None:
    secret = only(kueue([], certificates).others)
    assert secret["metadata"] == {
        "name": "kueue-webhook-server-cert",
        "namespace": "kueue-system",
    }
    assert sorted(str(secret["data"]).count(name) for name in FILES) == [1, 1, 1, 1]


def test_kserve_is_in_standard_mode(certificates: Path) -> None:
    data: JsonObject = {"deploy": '{"defaultDeploymentMode": "Serverless"}', "ingress": "{}"}
    manifest: JsonObject = {"kind": "ConfigMap", "data": data}
    objects = objects_of(KSERVE, [manifest], port=1, certificates=certificates)
    assert only(objects.others)["data"] == {
        "deploy": '{"defaultDeploymentMode": "Standard"}',
        "ingress": '{"disableIngressCreation": true}',
    }


def kueue(manifests: list[JsonObject], certificates: Path) -> ControllerObjects:
    return objects_of(KUEUE, manifests, port=1, certificates=certificates)
