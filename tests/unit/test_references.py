"""What validation says of objects that refer to others."""

from compiler.model.json import JsonObject, JsonValue
from compiler.stages.validate.references import check_references
from tests.factories import make_environment, make_manifest, make_pod_owner

ACCOUNT = make_manifest("ServiceAccount", "web")


def test_an_object_of_another_namespace_is_named_with_it() -> None:
    binding = make_manifest(
        "RoleBinding",
        "web",
        api_version="rbac.authorization.k8s.io/v1",
        roleRef={"kind": "ClusterRole", "name": "view"},
        subjects=[{"kind": "ServiceAccount", "name": "web", "namespace": "other"}],
    )
    (finding,) = check_references(make_environment(), [ACCOUNT, binding])
    assert 'names ServiceAccount/web in namespace "other", which nothing here' in finding.message
    assert "did you mean" not in finding.hint


def test_an_object_of_the_same_name_elsewhere_is_not_proposed_as_it_was_written() -> None:
    config = make_manifest("ConfigMap", "settings", namespace="other")
    pod: JsonObject = {"containers": [{"envFrom": [{"configMapRef": {"name": "settings"}}]}]}
    web = make_pod_owner(pod=pod)
    (finding,) = check_references(make_environment(), [config, web])
    assert "did you mean" not in finding.hint
    assert finding.hint.startswith('there is one in namespace "other", and this object is in')


def test_an_external_object_may_be_named_with_its_namespace() -> None:
    pod: JsonObject = {"containers": [{"envFrom": [{"configMapRef": {"name": "settings"}}]}]}
    web = make_pod_owner(pod=pod)
    for name, count in (("ConfigMap/test/settings", 0), ("ConfigMap/other/settings", 1)):
        environment = make_environment(external=[name])
        assert len(list(check_references(environment, [web]))) == count


def test_a_runtime_or_a_queue_that_the_cluster_brings_is_no_mistake() -> None:
    train = make_manifest(
        "TrainJob",
        "train",
        api_version="trainer.kubeflow.org/v1alpha1",
        spec={"runtimeRef": {"name": "torch-distributed"}},
    )
    train.body["metadata"] = {"name": "x", "labels": {"kueue.x-k8s.io/queue-name": "gpus"}}
    serve = make_manifest(
        "InferenceService",
        "serve",
        api_version="serving.kserve.io/v1beta1",
        spec={"predictor": {"model": {"runtime": "kserve-tensorflow-serving"}}},
    )
    assert list(check_references(make_environment(), [train, serve])) == []


def test_a_secret_of_an_account_that_nobody_provides_is_named() -> None:
    account = make_manifest("ServiceAccount", "reader", secrets=[{"name": "s3"}])
    (finding,) = check_references(make_environment(), [account])
    assert "ServiceAccount/reader names Secret/s3, which nothing here provides" in finding.message


def test_a_key_that_pods_need_is_in_the_secret_or_config_map_of_the_app() -> None:
    made_up: JsonObject = {"name": "creds", "annotations": {"kuplet.dev/generate": "token:32"}}
    creds = make_manifest("Secret", "creds", stringData={"user": "x"}, data={"password": "eA=="})
    creds.body["metadata"] = made_up
    settings = make_manifest("ConfigMap", "settings", data={"a": "1"}, binaryData={"b": "eA=="})
    empty = make_manifest("ConfigMap", "empty")

    def needs(*sources: JsonObject, volumes: JsonValue = None) -> list[str]:
        env: list[JsonValue] = [{"name": "x", "valueFrom": source} for source in sources]
        pod: JsonObject = {"containers": [{"name": "main", "env": env}], "volumes": volumes or []}
        web = make_pod_owner(pod=pod)
        found = check_references(make_environment(), [creds, settings, empty, web])
        return [item.message for item in found if item.rule == "reference-key"]

    def ref(field: str, name: str, key: str, **more: JsonValue) -> JsonObject:
        return {field: {"name": name, "key": key, **more}}

    assert needs(
        *(ref("secretKeyRef", "creds", key) for key in ("user", "password", "token")),
        *(ref("configMapKeyRef", "settings", key) for key in ("a", "b")),
        ref("secretKeyRef", "creds", "nope", optional=True),
        ref("configMapKeyRef", "empty", "filled-by-others"),
        ref("configMapKeyRef", "of-others", "a"),
    ) == []  # fmt: skip
    words = 'Deployment/web needs the key "{}" of {}, which has none'
    assert needs(ref("secretKeyRef", "creds", "pass"), ref("secretKeyRef", "creds", "usr")) == [
        words.format("pass", "Secret/creds"),
        words.format("usr", "Secret/creds"),
    ]
    items: JsonValue = [{"key": "a", "path": "a"}, {"key": "z", "path": "z"}]
    volumes: JsonValue = [
        {"name": "one", "configMap": {"name": "settings", "items": items}},
        {"name": "two", "projected": {"sources": [{"secret": {"name": "creds", "items": items}}]}},
    ]
    assert needs(volumes=volumes) == [
        words.format("z", "ConfigMap/settings"),
        words.format("a", "Secret/creds"),
        words.format("z", "Secret/creds"),
    ]
