"""Who owns what of a live object, and what an apply would make of it."""

import json

import pytest

from compiler.executor.field_owners import predicted, seconds_since_change
from compiler.model.json import JsonObject


def owner(manager: str, fields: JsonObject, operation: str = "Apply") -> JsonObject:
    return {"manager": manager, "operation": operation, "fieldsV1": fields}


def key(name: str) -> str:
    return "k:" + json.dumps({"name": name}, separators=(",", ":"))


def live(spec: JsonObject, *owners: JsonObject) -> JsonObject:
    metadata: JsonObject = {"name": "web", "managedFields": [*owners]}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


def containers(*names: str) -> JsonObject:
    return {"f:containers": {key(name): {".": {}, "f:image": {}} for name in names}}


POD: JsonObject = {"containers": [{"name": "web", "image": "a"}, {"name": "proxy", "image": "b"}]}


def test_what_we_own_and_drop_goes_and_what_others_own_stays() -> None:
    ours: JsonObject = {"f:spec": {**containers("web", "proxy"), "f:replicas": {}, "f:paused": {}}}
    others: JsonObject = {"f:spec": {"f:replicas": {}, "f:minReadySeconds": {}}}
    body = live(
        {**POD, "replicas": 2, "paused": True, "minReadySeconds": 5},
        owner("kuplet", ours),
        owner("somebody", others),
    )
    wanted: JsonObject = {"spec": {"containers": [{"name": "web", "image": "c"}]}}
    assert predicted(body, wanted)["spec"] == {
        "containers": [{"name": "web", "image": "c"}],
        "replicas": 2,
        "minReadySeconds": 5,
    }


@pytest.mark.parametrize(
    ("times", "least", "most"),
    [
        (["2020-01-01T00:00:00Z", "2019-01-01T00:00:00Z"], 1e8, 1e10),
        (["2999-01-01T00:00:00Z"], 0, 0),
        (["yesterday"], 0, 0),
        ([], 0, 0),
    ],
)
def test_the_last_change_of_anybody_counts(times: list[str], least: float, most: float) -> None:
    owners: list[JsonObject] = [{**owner("a", {}), "time": time} for time in times]
    status: JsonObject = {**owner("b", {}), "time": "2021-01-01T00:00:00Z", "subresource": "status"}
    assert least <= seconds_since_change(live({}, *owners, status)) <= most


def test_what_is_as_wanted_stays_as_it_is() -> None:
    limits: JsonObject = {"limits": {"cpu": "500m"}}
    pod: JsonObject = {"containers": [{"name": "web", "image": "a", "resources": limits}]}
    body = live(
        {**pod, "dnsPolicy": "ClusterFirst"}, owner("kuplet", {"f:spec": containers("web")})
    )
    resources: JsonObject = {"limits": {"cpu": 0.5}}
    wanted: JsonObject = {
        "spec": {"containers": [{"name": "web", "image": "a", "resources": resources}]}
    }
    assert predicted(body, wanted) == body


def test_amounts_are_one_only_where_amounts_stand() -> None:
    body: JsonObject = {"kind": "ConfigMap", "data": {"port": "1"}}
    assert predicted(body, {"data": {"port": "1.0"}})["data"] == {"port": "1.0"}


def test_another_order_of_ours_is_seen_and_items_of_others_stay() -> None:
    owned: JsonObject = {"f:spec": containers("web", "proxy")}
    injected = owner("mesh", {"f:spec": containers("mesh")}, "Update")
    pod: JsonObject = {
        "containers": [{"name": name, "image": "a"} for name in ("web", "proxy", "mesh")]
    }
    wanted: JsonObject = {
        "spec": {"containers": [{"name": name, "image": "a"} for name in ("proxy", "web")]}
    }
    found = predicted(live(pod, owner("kuplet", owned), injected), wanted)["spec"]
    assert found == {"containers": [{"name": n, "image": "a"} for n in ("proxy", "web", "mesh")]}


def test_a_list_without_keys_is_replaced() -> None:
    body = live({"args": ["a", "b"]}, owner("kuplet", {"f:spec": {"f:args": {}}}))
    assert predicted(body, {"spec": {"args": ["b"]}})["spec"] == {"args": ["b"]}


def test_a_port_without_its_usual_protocol_is_the_one_that_has_it() -> None:
    port = "k:" + json.dumps({"port": 80, "protocol": "TCP"}, separators=(",", ":"))
    ours = owner("kuplet", {"f:spec": {"f:ports": {port: {".": {}, "f:port": {}}}}})
    spec: JsonObject = {"ports": [{"port": 80, "protocol": "TCP"}]}
    assert predicted(live(spec, ours), {"spec": {"ports": [{"port": 80}]}})["spec"] == spec


def test_what_is_empty_is_not_kept_but_for_what_says_something() -> None:
    wanted: JsonObject = {"spec": {"annotations": {}, "tolerations": [], "emptyDir": {}}}
    assert predicted(live({}), wanted)["spec"] == {"emptyDir": {}}
