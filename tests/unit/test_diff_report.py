"""The line that sums a comparison up: it says that all is well only when everything was seen."""

from collections.abc import Sequence

import pytest

from compiler.cli.report.diff import comparison_text, summary_text
from compiler.cli.report.languages import without_styles
from compiler.model.change import Action, Comparison, ObjectChange
from compiler.model.json import JsonObject
from tests.factories import make_manifest

SEEN, UNSEEN = make_manifest(name="seen"), make_manifest(name="unseen")


def change(action: Action, leftover: Sequence[str] = ()) -> ObjectChange:
    return ObjectChange(manifest=SEEN, action=action, before={}, after={}, leftover=tuple(leftover))


@pytest.mark.parametrize(
    ("changes", "is_all_seen", "line"),
    [
        ([change(Action.KEEP)], True, "no changes: 1 object is as it should be"),
        ([], False, "0 to create, 0 to change, 0 unchanged, 1 could not be compared"),
        (
            [change(Action.KEEP)],
            False,
            "0 to create, 0 to change, 1 unchanged, 1 could not be compared",
        ),
        (
            [change(Action.KEEP, ["data.b"])],
            True,
            "no changes: 0 objects are as they should be, 1 with more than the app says",
        ),
        ([change(Action.UPDATE)], True, "0 to create, 1 to change, 0 unchanged"),
    ],
)
def test_all_is_well_only_when_all_was_seen(
    changes: Sequence[ObjectChange], *, is_all_seen: bool, line: str
) -> None:
    unseen = () if is_all_seen else (UNSEEN.ref,)
    assert summary_text(Comparison(changes=tuple(changes), unseen=unseen)) == line


def test_an_object_that_is_made_anew_as_it_was_is_named() -> None:
    same: JsonObject = {"data": {"a": "1"}}
    gone = ObjectChange(
        manifest=SEEN,
        action=Action.REPLACE,
        before=same,
        after=same,
        note="it is being deleted",
    )
    text = without_styles(comparison_text(Comparison(changes=(gone,))))
    assert text == "ConfigMap/test/seen\n  # replaced: it is being deleted\n"
