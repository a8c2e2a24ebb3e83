"""What objects of an app say of each other is held together before anything is applied."""

import pytest

from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest
from compiler.stages.validate.wiring import BUCKETS, check_wiring
from tests.factories import make_manifest


def web(**container: object) -> Manifest:
    return workload("Deployment", 1, {"name": "main", **container})  # type: ignore[dict-item]


def workload(kind: str, replicas: int, container: JsonObject, **spec: object) -> Manifest:
    return make_manifest(
        kind,
        "web",
        api_version="apps/v1",
        spec={
            "replicas": replicas,
            "template": {
                "metadata": {"labels": {"app": "web", "tier": "front"}},
                "spec": {"containers": [container], **spec},
            },
        },
    )


def service(service_name: str = "web", target: object = None, **port: object) -> Manifest:
    item: JsonObject = {"port": 80, **port}  # type: ignore[dict-item]
    if target is not None:
        item["targetPort"] = target  # type: ignore[assignment]
    return make_manifest(
        "Service", service_name, spec={"selector": {"app": "web"}, "ports": [item]}
    )


def store(buckets: str) -> Manifest:
    found = service("storage", 9000, port=9000, name="s3")
    found.body["metadata"]["annotations"] = {BUCKETS: buckets}  # type: ignore[call-overload,index]
    return found


def said(*manifests: Manifest) -> list[tuple[str, str]]:
    return [(item.rule, item.message) for item in check_wiring(manifests)]


def env(**variables: str) -> JsonObject:
    return {"env": [{"name": name, "value": value} for name, value in variables.items()]}


@pytest.mark.parametrize(
    ("target", "ports", "is_served"),
    [
        ("http", [{"name": "http", "containerPort": 8080}], True),
        ("http", [{"name": "web", "containerPort": 8080}], False),
        ("http", [], False),
        (8080, [{"containerPort": 8080}], True),
        (8081, [{"containerPort": 8080}], False),
        (8081, [], True),  # who declares no port may listen on any
        (None, [{"containerPort": 80}], True),
        (None, [{"containerPort": 8080}], False),
    ],
)
def test_a_port_of_a_service_is_one_of_its_pods(
    target: object, ports: list[JsonObject], *, is_served: bool
) -> None:
    found = said(service(target=target), web(ports=ports))
    assert [rule for rule, _ in found] == ([] if is_served else ["service-port"])


def test_only_pods_behind_the_service_count() -> None:
    other = service("other", "nothing")
    other.body["spec"]["selector"] = {"app": "web", "tier": "back"}  # type: ignore[call-overload,index]
    assert said(other, web(ports=[{"containerPort": 1}])) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("storage:9000", ""),
        ("http://storage:9000", ""),
        ("http://storage.test.svc.cluster.local:9000/x", ""),
        ("storage:9001", "endpoint-port"),
        ("http://storage", "endpoint-port"),
        ("http://storage.test:80", "endpoint-port"),
        ("https://storage:9000", "endpoint-tls"),
        ("storage", "endpoint-port"),
        ("http://elsewhere:1", ""),
        ("http://storage.other:1", ""),
        ("postgresql://storage:1/db", "endpoint-port"),
        ("postgresql://storage/db", ""),
        ("a text that names storage:1 in passing", ""),
    ],
)
def test_an_endpoint_is_where_the_service_listens(text: str, rule: str) -> None:
    found = said(store("data"), web(**env(MY_ENDPOINT=text)))
    assert [item for item, _ in found if item != "service-port"] == ([rule] if rule else [])


def test_a_host_beside_its_port_is_no_endpoint_without_one() -> None:
    assert said(store(""), web(**env(STORE_HOST="storage", STORE_PORT="9000"))) == []


def test_arguments_are_read_too() -> None:
    found = said(store(""), web(args=["--store=http://storage:9001/x"]))
    assert found == [
        (
            "endpoint-port",
            'Deployment/web: "http://storage:9001/x" names port 9001, and Service/storage has 9000',
        )
    ]


@pytest.mark.parametrize(
    ("text", "is_there"),
    [
        ("s3://data/mnist", True),
        ("s3://date/mnist", False),
        (":s3:data/x", True),
        (":s3:other", False),
        ("--model=s3a://models/1", False),
    ],
)
def test_a_bucket_is_one_that_the_store_makes(text: str, *, is_there: bool) -> None:
    pod = web(args=[text], **env(AWS_ENDPOINT_URL="http://storage:9000"))
    found = said(store("data logs"), pod)
    assert [rule for rule, _ in found] == ([] if is_there else ["bucket-missing"])


def test_buckets_of_a_store_that_is_elsewhere_are_not_known() -> None:
    assert said(store("data"), web(args=["s3://other/x"])) == []
    far = web(args=["s3://other/x"], **env(AWS_ENDPOINT_URL="https://s3.example.com"))
    assert said(store("data"), far) == []


def claim(mode: str) -> Manifest:
    return make_manifest("PersistentVolumeClaim", "data", spec={"accessModes": [mode]})


def mounting(kind: str, replicas: int, name: str = "web") -> Manifest:
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    found = workload(kind, replicas, {"name": "main"}, volumes=[volume])
    return make_manifest(kind, name, api_version="apps/v1", spec=found.body["spec"])


def test_a_claim_of_one_node_is_not_for_many_pods() -> None:
    assert said(claim("ReadWriteOnce"), mounting("Deployment", 1)) == []
    assert said(claim("ReadWriteMany"), mounting("Deployment", 3)) == []
    assert said(claim("ReadWriteOnce"), mounting("Deployment", 3)) == [
        (
            "claim-shared",
            (
                "Deployment/web: several pods mount PersistentVolumeClaim/data, "
                "which pods of one node can mount (ReadWriteOnce)"
            ),
        )
    ]
    two = said(claim("ReadWriteOnce"), mounting("Deployment", 1), mounting("Deployment", 1, "b"))
    assert [rule for rule, _ in two] == ["claim-shared"]


def test_pods_that_run_one_after_the_other_may_share_a_claim() -> None:
    job = make_manifest("Job", "j", api_version="batch/v1", spec=mounting("Job", 1).body["spec"])
    assert said(claim("ReadWriteOnce"), job, mounting("Deployment", 1)) == []
