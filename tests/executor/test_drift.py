"""Why a live object differs from the app, and who did it: read from what the server keeps."""

import json

from compiler.executor.drift import Drift
from compiler.executor.writers import writers_of
from compiler.model.change import Action, ObjectChange
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest
from compiler.model.release import Release, ReleaseStatus
from compiler.model.status import Deviation, FieldStatus
from compiler.stages.diff import compared
from compiler.stages.release import hashed
from tests.factories import make_manifest, manifest_of


def owner(manager: str, fields: JsonObject, time: str = "", **more: str) -> JsonObject:
    return {"manager": manager, "operation": "Update", "time": time, "fieldsV1": fields, **more}


def item(**keys: str | int) -> str:
    return "k:" + json.dumps(keys, separators=(",", ":"))


def web(mode: str, *owners: JsonObject, replicas: int = 2, **more: object) -> JsonObject:
    manifest = make_manifest(
        "Deployment",
        "web",
        api_version="apps/v1",
        spec={"replicas": replicas, "containers": [{"name": "web", "mode": mode}], **more},
    )
    body = manifest.body
    if owners:
        body = {**body, "metadata": {**body["metadata"], "managedFields": [*owners]}}  # type: ignore[dict-item]
    return body


def release(body: JsonObject, status: ReleaseStatus = ReleaseStatus.SUCCEEDED) -> Release:
    return Release(
        app="demo",
        environment="test",
        revision=1,
        status=status,
        digest="",
        components=(),
        parameters={},
        packages={},
        objects=(body,),
    )


def of(body: JsonObject) -> Manifest:
    return manifest_of(body)


def fields(
    live: JsonObject, desired: JsonObject, last: Release | None, leftover: tuple[str, ...] = ()
) -> dict[str, FieldStatus]:
    change = compared(of(desired), live, desired)
    change = ObjectChange(
        manifest=change.manifest,
        action=Action.UPDATE,
        before=change.before,
        after=change.after,
        live=change.live,
        fields=change.fields,
        leftover=leftover,
    )
    return {item.path: item for item in Drift(last, [of(desired)]).fields(change)}


MODE = "spec.containers[web].mode"
EDIT = owner(
    "kubectl-edit", {"f:spec": {"f:containers": {item(name="web"): {"f:mode": {}}}}}, "2026-02"
)
OURS = owner("kuplet", {"f:spec": {"f:replicas": {}}}, "2026-01")


def test_what_somebody_else_changed_since_the_release_is_drift_with_a_name() -> None:
    found = fields(web("odd", OURS, EDIT), web("fast"), release(web("fast")))
    assert list(found) == [MODE]
    field = found[MODE]
    assert (field.deviation, field.is_drift, field.released) == (Deviation.CHANGED, True, "fast")
    assert [(each.manager, each.time) for each in field.writers] == [("kubectl-edit", "2026-02")]


def test_what_the_app_changed_is_not_applied_and_nobody_is_blamed() -> None:
    field = fields(web("fast", OURS), web("slow"), release(web("fast")))[MODE]
    assert (field.deviation, field.is_drift, field.writers) == (Deviation.UNAPPLIED, False, ())


def test_both_at_once_is_told_as_both() -> None:
    field = fields(web("odd", OURS, EDIT), web("slow"), release(web("fast")))[MODE]
    assert (field.deviation, field.is_drift) == (Deviation.UNAPPLIED, True)
    assert (field.live, field.released, field.desired) == ("odd", "fast", "slow")


def test_what_an_apply_that_failed_did_not_reach_is_nobodys_drift() -> None:
    last = release(web("slow"), ReleaseStatus.FAILED)
    field = fields(web("fast", OURS), web("slow"), last)[MODE]
    assert (field.deviation, field.is_drift) == (Deviation.UNAPPLIED, False)


def test_a_field_that_is_gone_names_all_who_wrote_for_nobody_knows_who_did_it() -> None:
    status = owner("controller", {"f:status": {}}, "2026-03", subresource="status")
    live = web("fast", OURS, EDIT, status)
    desired = web("fast", paused=True)
    field = fields(live, desired, release(desired))["spec.paused"]
    assert (field.deviation, field.is_removed) == (Deviation.CHANGED, True)
    assert [each.manager for each in field.writers] == ["kubectl-edit"]
    pending = fields(live, desired, release(desired, ReleaseStatus.FAILED))["spec.paused"]
    assert (pending.deviation, pending.is_removed) == (Deviation.UNAPPLIED, False)


def test_without_a_release_nobody_knows_why_but_who() -> None:
    field = fields(web("odd", OURS, EDIT), web("fast"), None)[MODE]
    assert (field.deviation, field.is_drift) == (Deviation.UNKNOWN, True)


def test_what_others_added_has_its_writer() -> None:
    added = owner("kubectl-set", {"f:spec": {"f:extra": {}}}, "2026-04")
    live = web("fast", OURS, added, extra="1")
    found = fields(live, live, release(live), ("spec.extra",))
    assert found["spec.extra"].deviation is Deviation.ADDED
    assert [each.manager for each in found["spec.extra"].writers] == ["kubectl-set"]


def test_values_of_secrets_are_masked_and_told_apart_by_their_digests() -> None:
    def secret(value: str, field: str = "stringData") -> JsonObject:
        return make_manifest("Secret", "web", **{field: {"password": value}}).body  # type: ignore[arg-type]

    last = release(hashed(secret("hunter2"), ""))
    live = secret("c3RvbGVu", "data")
    live["metadata"]["managedFields"] = [owner("thief", {"f:data": {"f:password": {}}})]  # type: ignore[index,call-overload]
    change = compared(of(secret("hunter2")), live, secret("aHVudGVyMg==", "data"))
    (field,) = Drift(last, [of(secret("hunter2"))]).fields(change)
    assert (field.path, field.deviation) == ("data.password", Deviation.CHANGED)
    assert field.released == "***"
    assert "stolen" not in repr(field)
    assert "c3RvbGVu" not in repr(field)
    change = compared(of(secret("new")), live, secret("bmV3", "data"))
    (field,) = Drift(last, [of(secret("new"))]).fields(change)
    assert field.deviation is Deviation.UNAPPLIED


def test_items_are_found_by_name_by_number_and_as_a_whole() -> None:
    ports: JsonObject = {
        "f:ports": {item(port=80, protocol="TCP"): {".": {}, "f:port": {}, "f:name": {}}}
    }
    live: JsonObject = {
        "metadata": {"managedFields": [owner("a", {"f:spec": ports}), owner("b", {"f:x": {}})]},
        "spec": {"ports": [{"port": 80, "protocol": "TCP", "name": "http"}], "atomic": {"x": 1}},
    }
    for path in ("spec.ports[0].port", "spec.ports[80,TCP]", "spec.ports", "spec.ports[http].name"):
        assert [each.manager for each in writers_of(live, path)] == ["a"], path
    for path in ("spec.ports[0].targetPort", "spec.ports[1].port", "spec.port", "spec.atomic.x"):
        assert writers_of(live, path) == (), path
