import json
from pathlib import Path

import pytest

from compiler.errors import UsageError
from compiler.sandbox.addons import ADDON_NAMES, changed_addons
from compiler.sandbox.catalogue import ADDONS
from compiler.sandbox.controllers.table import CONTROLLERS

SCHEMAS = Path(__file__).parents[2] / "schemas"


def test_every_controller_is_an_addon_and_only_minio_is_none() -> None:
    assert {program.name for program in ADDONS} == {*CONTROLLERS, "minio"}


def test_environments_may_name_every_addon() -> None:
    schema = json.loads((SCHEMAS / "environment.schema.json").read_text())
    names = schema["properties"]["sandbox"]["properties"]["with"]["items"]["enum"]
    assert tuple(names) == ADDON_NAMES


def test_what_a_controller_needs_comes_with_it_and_what_runs_stays() -> None:
    assert changed_addons(["minio"], ["trainer"], []) == {"minio", "trainer", "jobset"}


def test_what_is_removed_is_gone() -> None:
    assert changed_addons(["minio", "trainer", "jobset"], [], ["trainer", "jobset"]) == {"minio"}
    assert changed_addons(["kueue"], [], ["minio"]) == {"kueue"}


def test_what_another_one_needs_is_not_removed_without_it() -> None:
    with pytest.raises(UsageError) as raised:
        changed_addons(["trainer", "jobset"], [], ["jobset"])
    (finding,) = raised.value.findings
    assert finding.message == '"jobset" is needed by trainer'
    assert finding.hint == "remove both: --without trainer,jobset"
