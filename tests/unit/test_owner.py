"""An owner: its labels, and the id of its ApplySet as kubectl works it out."""

from compiler.model.json import JsonObject
from compiler.model.owner import Owner, applyset_id


def test_the_id_of_an_applyset_is_the_one_of_kubectls_own_test() -> None:
    found = applyset_id("my-set", "test", "Secret", "")
    assert found == "applyset-0eFHV8ySqp7XoShsGvyWFQD3s96yqwHmzc4e0HR1dsY-v1"


def test_an_owner_is_known_again_by_its_labels() -> None:
    owner = Owner.named("my app", "us-west/dev")
    assert Owner.of({"metadata": {"labels": owner.labels_of("train")}}) == owner
    assert owner.selector == "kuplet.dev/app=my.app,kuplet.dev/environment=us-west.dev"
    assert Owner.of({"metadata": {"labels": {"kuplet.dev/app": "my.app"}}}) is None


def test_apps_of_one_name_are_told_apart_by_their_id() -> None:
    owner = Owner.named("mnist", "staging", "a1")
    live: JsonObject = {"metadata": {"labels": owner.labels_of("train")}}
    assert Owner.of(live) == owner
    assert owner not in {Owner.named("mnist", "staging", "b2"), Owner.named("mnist", "staging")}
    assert str(owner) == 'environment "staging" of app "mnist" (id a1)'
    assert owner.selector == Owner.named("mnist", "staging").selector
