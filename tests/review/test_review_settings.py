"""What an app says of its own reviews: severities in ``app.yaml``, comments that mute."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from compiler.bundled import bundled_schema
from compiler.formats.kuplet.review_settings import read_mutes
from compiler.model.finding import Finding
from tests.kuplet import run_kuplet
from tests.review.repository import commit, edit, make_repository
from tests.review.test_review import in_all_formats, review, reviewed

CLAIM = "      claim: data-2  # review: mute review-storage because the data was copied\n"


def with_rules(app: Path, rules: str) -> None:
    with (app / "app.yaml").open("a", encoding="utf-8") as file:
        file.write(f"review: {{rules: {{{rules}}}}}\n")


def severities(document: dict[str, Any]) -> dict[str, str]:
    return {
        item["rule"]: item["severity"]
        for each in document["environments"]
        for item in each["findings"]
    }


def more_replicas(root: Path, rules: str) -> Path:
    app = make_repository(root)
    with_rules(app, rules)
    edit(app, "environments/prod.yaml", "replicas: 2", "replicas: 3")
    return app


def another_claim(root: Path, line: str = CLAIM) -> Path:
    app = make_repository(root)
    edit(app, "environments/prod.yaml", "      replicas: 2\n", f"      replicas: 2\n{line}")
    return app


# --- app.yaml


def test_a_rule_can_be_made_an_error(tmp_path: Path) -> None:
    app = more_replicas(tmp_path, "review-replicas: error")
    assert severities(reviewed(app))["review-replicas"] == "error"
    assert review(app).code == 1


def test_a_rule_can_be_turned_off(tmp_path: Path) -> None:
    app = more_replicas(tmp_path, "review-replicas: off, review-one-environment: off")
    assert severities(reviewed(app)).keys() == {"review-resources"}


def test_an_error_can_be_made_a_note(tmp_path: Path) -> None:
    app = another_claim(tmp_path, "      claim: data-2\n")
    assert review(app).code == 1
    with_rules(app, "review-storage: note")
    done = review(app)
    assert (done.code, "note[review-storage]" in done.stdout) == (0, True)


def test_a_base_that_does_not_compile_has_its_severity_too(tmp_path: Path) -> None:
    app = more_replicas(tmp_path, "review-base: error")
    edit(app, "environments/prod.yaml", "replicas: 3", "replicas: two")
    commit(app, "broken")
    edit(app, "environments/prod.yaml", "replicas: two", "replicas: 2")
    done = review(app, "HEAD")
    assert (done.code, "error[review-base]" in done.stdout) == (1, True)


def test_an_unknown_rule_is_an_error_that_knows_what_was_meant(tmp_path: Path) -> None:
    app = more_replicas(tmp_path, "review-restarts: off")
    done = run_kuplet("validate", cwd=app)
    assert done.code == 1
    assert 'error[review-rule]: there is no rule "review-restarts" of a review' in done.stdout
    assert "--> app.yaml:4:18" in done.stdout
    assert 'did you mean "review-restart"?' in done.stdout


def test_an_unknown_severity_is_an_error(tmp_path: Path) -> None:
    done = run_kuplet("validate", cwd=more_replicas(tmp_path, "review-restart: loud"))
    assert (done.code, "error[file-schema]" in done.stdout) == (1, True)


def with_mute(app: Path, mute: str) -> None:
    with (app / "app.yaml").open("a", encoding="utf-8") as file:
        file.write(f"review:\n  mutes:\n    - {{{mute}}}\n")


def test_a_rule_can_be_an_error_in_prod_alone(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    with_rules(app, 'review-mutable-tag: {"prod*": error, "*": note}')
    edit(app, "environments/base.yaml", "mnist/web:1", "mnist/web:latest")
    found = {
        each["name"]: item["severity"]
        for each in reviewed(app)["environments"]
        for item in each["findings"]
        if item["rule"] == "review-mutable-tag"
    }
    assert found == {"prod": "error", "staging": "note"}


def test_an_environment_that_no_name_fits_keeps_the_severity_of_the_rule(tmp_path: Path) -> None:
    app = more_replicas(tmp_path, "review-replicas: {staging: error}")
    assert severities(reviewed(app))["review-replicas"] == "note"


@pytest.mark.parametrize(
    ("mute", "is_muted"),
    [
        ("rule: review-storage", True),
        ("rule: review-storage, environment: prod, component: web", True),
        ("rule: review-storage, object: Persistent*/*", False),
        ("rule: review-storage, environment: staging", False),
        ("rule: review-storage, component: w, object: '*'", False),
        ("rule: review-restart", False),
    ],
)
def test_an_app_can_mute_by_name(tmp_path: Path, mute: str, *, is_muted: bool) -> None:
    app = another_claim(tmp_path, "      claim: data-2\n")
    with_mute(app, f"{mute}, because: the data was copied")
    done = review(app)
    assert done.code == (0 if is_muted else 1)
    assert not is_muted or "muted because the data was copied" in done.stdout


def test_a_mute_needs_a_known_rule_and_a_reason(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    with_mute(app, "rule: review-storages, because: x")
    done = run_kuplet("validate", cwd=app)
    assert 'there is no rule "review-storages" of a review' in done.stdout
    assert "--> app.yaml:6:14" in done.stdout
    edit(app, "app.yaml", "review-storages, because: x", "review-storage")
    assert "because" in run_kuplet("validate", cwd=app).stdout


def test_a_new_mute_is_a_finding_whether_it_is_used_or_not(tmp_path: Path) -> None:
    app = another_claim(tmp_path, "      claim: data-2\n")
    with_mute(app, "rule: review-storage, because: x}\n    - {rule: review-rbac, because: y")
    assert of_the_app(reviewed(app)) == [
        ("warning", "review-rbac is muted here, but has no such finding", "app.yaml", 7),
        ("note", "review-storage is muted here, because x", "app.yaml", 6),
    ]


def of_the_app(document: dict[str, Any]) -> list[tuple[str, str, str, int]]:
    return [
        (item["severity"], item["message"], item["file"], item["line"])
        for item in document["findings"]
        if item["rule"] == "review-settings"
    ]


def test_a_rule_that_says_less_is_a_finding_also_when_it_is_that_one(tmp_path: Path) -> None:
    rules = "review-rbac: note, review-restart: warning, review-settings: off"
    assert of_the_app(reviewed(more_replicas(tmp_path, rules))) == [
        ("warning", "review-rbac is note, and was warning, in lab, prod, staging", "app.yaml", 4),
        (
            "warning",
            "review-settings is off, and was warning, in lab, prod, staging",
            "app.yaml",
            4,
        ),
    ]


def test_a_rule_that_is_no_error_any_more_says_less(tmp_path: Path) -> None:
    app = more_replicas(tmp_path, "review-rbac: error, review-restart: note")
    commit(app, "strict")
    edit(app, "app.yaml", "review-rbac: error, ", "")
    found = of_the_app(reviewed(app, "HEAD"))
    assert found == [
        ("warning", "review-rbac is warning, and was error, in lab, prod, staging", "", 0)
    ]


def test_what_the_base_says_of_the_rule_counts(tmp_path: Path) -> None:
    app = more_replicas(tmp_path, "review-settings: off")
    commit(app, "quiet")
    edit(app, "app.yaml", "review-settings: off", "review-rbac: off")
    assert of_the_app(reviewed(app, "HEAD")) == []


# --- comments


def test_a_new_comment_is_a_finding_and_an_old_one_is_not(tmp_path: Path) -> None:
    app = another_claim(tmp_path)
    message = "review-storage is muted here, because the data was copied"
    assert of_the_app(reviewed(app)) == [("note", message, "environments/prod.yaml", 12)]
    commit(app, "copied")
    assert of_the_app(reviewed(app, "HEAD")) == []


def test_a_new_comment_that_mutes_nothing_is_a_mistake(tmp_path: Path) -> None:
    app = another_claim(tmp_path, CLAIM.replace("review-storage", "review-exposure"))
    message = "review-exposure is muted here, but has no such finding"
    place = ("environments/prod.yaml", 12)
    assert of_the_app(reviewed(app)) == [("warning", message, *place)]
    used = "review-exposure is muted here, because the data was copied"
    assert of_the_app(reviewed(app, "--env", "staging")) == [("note", used, *place)]


def test_a_muted_error_does_not_fail_but_is_listed_with_its_reason(tmp_path: Path) -> None:
    app = another_claim(tmp_path)
    done = review(app)
    assert done.code == 0
    assert "muted[review-storage]" in done.stdout
    assert "error[" not in done.stdout
    assert "muted because the data was copied" in done.stdout
    assert "2 muted" in done.stderr


def test_every_format_tells_what_is_muted(tmp_path: Path) -> None:
    app = another_claim(tmp_path)
    reason = "the data was copied"
    _, formats = in_all_formats(app, tmp_path)
    document = json.loads(formats["json"])
    jsonschema.Draft202012Validator(bundled_schema("review")).validate(document)
    muted = [item for item in document["environments"][0]["findings"] if item["muted"]]
    assert {(item["rule"], item["muted"]) for item in muted} == {("review-storage", reason)}
    assert document["environments"][0]["findings"][-1]["muted"]
    assert "⚪ **prod**" in (markdown := formats["markdown"])
    assert "🔴" not in markdown
    assert f"muted because {reason}" in markdown
    (run,) = json.loads(formats["sarif"])["runs"]
    suppressed = [item["suppressions"] for item in run["results"] if "suppressions" in item]
    assert suppressed == [[{"kind": "inSource", "justification": reason}]] * len(muted)
    suites = ET.fromstring(formats["junit"])  # noqa: S314  our own output
    assert suites.attrib["failures"] == "0"
    assert "title=review-storage" not in formats["github"]
    assert "2 muted" in formats["github"]


def test_a_comment_mutes_only_its_rule_and_its_line(tmp_path: Path) -> None:
    app = another_claim(tmp_path, CLAIM.replace("review-storage", "review-restart"))
    assert review(app).code == 1
    elsewhere = "      claim: data-2\n      name: web  # review: mute review-storage because x\n"
    edit(
        app, "environments/prod.yaml", CLAIM.replace("review-storage", "review-restart"), elsewhere
    )
    assert review(app).code == 1


def test_a_comment_behind_the_name_mutes_a_list_below_it(tmp_path: Path) -> None:
    verbs = "      verbs:  # review: mute review-rbac because the janitor needs it\n"
    app = another_claim(tmp_path, f"{verbs}        - get\n        - delete\n")
    assert "muted[review-rbac]" in review(app).stdout


def test_a_comment_mutes_in_every_environment_that_takes_the_parameter_from_there(
    tmp_path: Path,
) -> None:
    app = make_repository(tmp_path)
    comment = "  # review: mute review-image, review-mutable-tag because a trial"
    edit(app, "environments/base.yaml", "mnist/web:1", f"mnist/web:latest{comment}")
    muted = {
        (each["name"], item["rule"])
        for each in reviewed(app)["environments"]
        for item in each["findings"]
        if item["muted"]
    }
    rules = ("review-image", "review-mutable-tag")
    assert muted == {(name, rule) for name in ("prod", "staging") for rule in rules}


@pytest.mark.parametrize(
    ("line", "rule", "said"),
    [
        (
            "a: 1 # review: mute review-restart",
            "review-mute",
            "does not say which rule, or not why",
        ),
        ("a: 1 # review: mute because I say so", "review-mute", "does not say which rule"),
        ("a: 1 # review: mute review-restart because ", "review-mute", "or not why"),
        ("# review: mute review-restart because x", "review-mute", "on a line of its own"),
        ("a: 1 # review: mute review-restrt because x", "review-rule", '"review-restrt"'),
    ],
)
def test_a_comment_that_mutes_nothing_is_an_error(
    tmp_path: Path, line: str, rule: str, said: str
) -> None:
    findings: list[Finding] = []
    list(read_mutes(f"b: 2\n{line}\n", "environments/x.yaml", findings))
    (finding,) = findings
    assert (finding.rule, finding.span and finding.span.line) == (rule, 2)
    assert said in finding.message
    assert finding.hint


@pytest.mark.parametrize(
    "text",
    [
        'a: "# review: mute x"',
        "a: 'b # review: mute x'",
        "a: |\n  b\n  # review: mute x\nc: 1",
        "a: b# review: mute x",
        "a: 1 # review: this with Joe, who is mute",
    ],
)
def test_what_only_looks_like_a_comment_is_none(text: str) -> None:
    findings: list[Finding] = []
    assert list(read_mutes(text, "environments/x.yaml", findings)) == []
    assert findings == []


@pytest.mark.parametrize(
    "text", ["ä: 😀 {}", "a: | {}\n  x", "a: {{b: 'c', d: 1}} {}", "a: [1, {}\n  2]"]
)
def test_a_comment_is_found_behind_every_kind_of_value(text: str) -> None:
    findings: list[Finding] = []
    comment = "# review: mute review-restart because x # y"
    (mute,) = read_mutes(text.format(comment), "environments/x.yaml", findings)
    assert (mute.rules, mute.reason, mute.span.line) == (("review-restart",), "x # y", 1)
    assert findings == []


def test_a_wrong_comment_is_told_by_validate(tmp_path: Path) -> None:
    app = another_claim(tmp_path, CLAIM.replace(" because the data was copied", ""))
    done = run_kuplet("validate", cwd=app)
    assert done.code == 1
    assert "error[review-mute]" in done.stdout
    assert "--> environments/prod.yaml:12:22" in done.stdout
