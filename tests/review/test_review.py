"""``kuplet review`` on a git repository: what a change does, and when that cannot be said."""

import json
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from compiler.bundled import bundled_schema
from compiler.git.checkout import find_checkout, write_tree
from tests.kuplet import Done, run_kuplet
from tests.review.repository import (
    FILES,
    change_everything,
    commit,
    edit,
    git,
    make_repository,
)
from tests.review.sarif import check_sarif

GOLDEN = Path(__file__).parent / "golden"
FORMATS = ["text", "json", "markdown", "html", "sarif", "junit", "github"]


def review(app: Path, *arguments: str) -> Done:
    return run_kuplet("review", *arguments, cwd=app)


def reviewed(app: Path, *arguments: str) -> dict[str, Any]:
    done = review(app, *arguments, "-o", "json")
    assert done.code in (0, 1), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def in_all_formats(app: Path, directory: Path) -> tuple[Done, dict[str, str]]:
    """Review once: text goes to stdout, every other format into a file of the directory."""
    files = {output: directory / f"review.{output}" for output in FORMATS if output != "text"}
    done = review(app, "-o", "text", *(f"-o{output}={file}" for output, file in files.items()))
    written = {output: file.read_text(encoding="utf-8") for output, file in files.items()}
    return done, {"text": done.stdout, **written}


def rules(document: Mapping[str, Any]) -> dict[str, set[str]]:
    return {
        each["name"]: {item["rule"] for item in each["findings"]}
        for each in document["environments"]
    }


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app after a change that does everything; tests must not write to it."""
    app = make_repository(tmp_path_factory.mktemp("repository"))
    change_everything(app)
    return app


@pytest.fixture(scope="module")
def formats(changed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The review of that change in every format."""
    done, found = in_all_formats(changed, tmp_path_factory.mktemp("formats"))
    assert done.code == 1
    return found


@pytest.fixture
def document(formats: Mapping[str, str]) -> dict[str, Any]:
    """The same for programs."""
    found: dict[str, Any] = json.loads(formats["json"])
    return found


@pytest.mark.parametrize("output", FORMATS)
def test_every_format_is_what_was_looked_at(
    formats: Mapping[str, str], output: str, *, update_golden: bool
) -> None:
    golden = GOLDEN / f"{output}.txt"
    if update_golden:
        golden.write_text(formats[output], encoding="utf-8")
    assert formats[output] == golden.read_text(encoding="utf-8")


def test_each_change_is_caught_by_its_rule(document: Mapping[str, Any]) -> None:
    found = rules(document)
    assert found["prod"] >= {
        "review-mutable-tag",
        "review-new-training",
        "review-one-environment",
        "review-rbac",
        "review-renamed",
        "review-replicas",
        "review-resources",
        "review-restart",
        "review-storage",
    }
    assert found["staging"] == {
        "review-image",
        "review-mutable-tag",
        "review-renamed",
        "review-restart",
    }


def test_what_the_change_does_not_reach_is_not_compiled(
    changed: Path, document: Mapping[str, Any], formats: Mapping[str, str]
) -> None:
    done = review(changed)
    assert document["skipped"] == ["lab"]
    assert (done.code, done.stdout) == (1, formats["text"])
    assert "skipped 1 of 3 environments" in done.stderr


def test_a_parameter_says_who_sets_it_and_where_on_both_sides(
    document: Mapping[str, Any],
) -> None:
    prod = next(item for item in document["environments"] if item["name"] == "prod")
    claim, gpus = (
        next(item for item in prod["parameters"] if item["name"] == name)
        for name in ("claim", "num_gpus")
    )
    assert (claim["before"]["layer"], claim["after"]["layer"]) == ("default", "prod")
    assert gpus["before"] == {
        "value": 1, "layer": "prod", "file": "environments/prod.yaml", "line": 8,
    }  # fmt: skip
    assert gpus["after"]["value"] == 2
    assert prod["totals"]["nvidia.com/gpu"] == {"before": "2", "after": "4"}


def test_the_json_is_as_its_schema_says(document: Mapping[str, Any]) -> None:
    jsonschema.Draft202012Validator(bundled_schema("review")).validate(document)


def test_the_sarif_is_as_its_specification_says(changed: Path, formats: Mapping[str, str]) -> None:
    log = json.loads(formats["sarif"])
    check_sarif(log)
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    known = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "kuplet"
    assert len({rule["id"] for rule in known}) == len(known)
    assert all(rule["shortDescription"]["text"] for rule in known)
    assert run["results"]
    for result in run["results"]:
        assert known[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert (changed.parent / physical["artifactLocation"]["uri"]).is_file()
        region = physical.get("region", {"startLine": 1})
        assert region["startLine"] >= 1
        assert region.get("endColumn", 2) > region.get("startColumn", 1)
        assert result["partialFingerprints"]["kupletFinding/v1"]
    prints = [item["partialFingerprints"]["kupletFinding/v1"] for item in run["results"]]
    assert len(set(prints)) == len(prints)


def test_the_junit_counts_are_those_of_its_cases(formats: Mapping[str, str]) -> None:
    suites = ET.fromstring(formats["junit"])  # noqa: S314  our own output
    assert int(suites.attrib["tests"]) == len(suites.findall("testsuite/testcase"))
    assert int(suites.attrib["failures"]) == len(suites.findall("testsuite/testcase/failure")) > 0
    for suite in suites:
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))


def test_fingerprints_outlive_moved_lines(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    edit(app, "environments/prod.yaml", "num_gpus: 1", "num_gpus: 2")
    before = reviewed(app)["environments"][0]["findings"]
    edit(app, "environments/prod.yaml", "extends: base", "# a word\n\nextends: base")
    after = reviewed(app)["environments"][0]["findings"]
    assert [item["fingerprint"] for item in before] == [item["fingerprint"] for item in after]
    assert [item["line"] for item in before] != [item["line"] for item in after]


def test_without_a_change_there_is_nothing_to_say(tmp_path: Path) -> None:
    done = review(make_repository(tmp_path))
    assert (done.code, done.stdout) == (0, "")
    assert "skipped 3 of 3 environments" in done.stderr


def test_a_parameter_that_is_declared_to_differ_is_no_surprise(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    declared = "extends: base\npromotion: {from: staging, allow: [web.replicas]}\n"
    edit(app, "environments/prod.yaml", "extends: base\n", declared)
    commit(app, "replicas may differ")
    edit(app, "environments/prod.yaml", "replicas: 2", "replicas: 3")
    assert "review-one-environment" in rules(reviewed(app))["prod"]
    assert "review-one-environment" not in rules(reviewed(app, "HEAD"))["prod"]


def test_an_environment_under_another_name_keeps_its_objects(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    (app / "environments/prod.yaml").rename(app / "environments/live.yaml")
    text = review(app).stdout
    assert 'the environment is called "live" now: its 5 objects belong to the old name' in text
    assert "hint: let it take them over: kuplet apply live --adopt" in text
    edit(app, "environments/live.yaml", "namespace: mnist", "namespace: elsewhere")
    assert "the environment is removed: its 5 objects stay in the cluster" in review(app).stdout


def test_a_job_that_is_run_anew_need_not_be_deleted(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: load}\nspec: {template: {spec: {"
    job += "restartPolicy: Never, containers: [{name: a, image: 'x:1'}]}}}\n"
    (app / "components/load.yaml").write_text(job)
    component = "  load: {source: components/load.yaml}\n"
    edit(app, "environments/base.yaml", "components:\n", f"components:\n{component}")
    commit(app, "a job")
    edit(app, "components/load.yaml", "x:1", "x:2")
    assert "review-recreate" in rules(reviewed(app, "HEAD"))["prod"]
    edit(app, "environments/base.yaml", "load.yaml}", "load.yaml, onChange: run}")
    text = review(app, "HEAD").stdout
    assert "Job/load needs a new run: spec.template.spec.containers[a].image" in text
    assert "hint: the next apply starts it, under a name of its own" in text
    assert "review-recreate" not in text
    edit(app, "environments/base.yaml", "onChange: run}", "onChange: replace}")
    done = review(app, "HEAD")
    assert "warning[review-recreate]: Job/load is deleted and made anew: spec.tem" in done.stdout
    assert "must be deleted first" not in done.stdout
    assert "does not start again" not in done.stdout


def test_what_can_be_replaced_is_not_to_be_deleted_by_hand(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    pods = "metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: 'x:1'}]}"
    api = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n"
    api += f"spec: {{selector: {{matchLabels: {{app: a}}}}, template: {{{pods}}}}}\n"
    source = app / "components/api.yaml"
    source.write_text(api)
    component = "  api: {source: components/api.yaml}\n"
    edit(app, "environments/base.yaml", "components:\n", f"components:\n{component}")
    commit(app, "a server")
    source.write_text(api.replace("app: a", "app: b"))
    text = review(app, "HEAD").stdout
    assert "error[review-recreate]: Deployment/api must be deleted first" in text
    assert "hint: say onChange: replace of its component, or delete it: kubectl" in text
    edit(app, "environments/base.yaml", "api.yaml}", "api.yaml, onChange: replace}")
    text = review(app, "HEAD").stdout
    assert "warning[review-recreate]: Deployment/api is deleted and made anew: spec.sel" in text
    assert "must be deleted first" not in text


def test_no_change_declares_itself_harmless(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    freeze = "promotion: {freeze: holidays}\n"
    edit(app, "environments/prod.yaml", "components:\n", f"{freeze}components:\n")
    commit(app, "holidays")
    edit(app, "environments/prod.yaml", freeze, "promotion: {allow: [web.replicas]}\n")
    edit(app, "environments/prod.yaml", "replicas: 2", "replicas: 3")
    document = reviewed(app, "HEAD")
    assert rules(document)["prod"] >= {"review-frozen", "review-one-environment"}
    (prod,) = document["environments"]
    assert {item["name"]: (item["before"], item["after"]) for item in prod["sources"]} == {
        "promotion.allow": ("", "web.replicas"),
        "promotion.freeze": ("holidays", ""),
    }


def test_another_rule_of_readiness_is_seen_though_no_object_changes(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    rule = "readiness: [{apiVersion: example.com/v1, kind: Thing, ready: 'true'}]\n"
    edit(app, "app.yaml", "kind: App\n", f"kind: App\n{rule}")
    assert all("review-readiness" in found for found in rules(reviewed(app)).values())


def test_another_id_of_the_app_is_seen_on_its_objects(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    edit(app, "app.yaml", "kind: App\n", "kind: App\nid: another\n")
    document = reviewed(app)
    assert document["skipped"] == []
    assert all(item["objects"] for item in document["environments"])


def test_a_component_that_is_new_or_gone_here_is_no_difference_of_its_parameters(
    tmp_path: Path,
) -> None:
    app = make_repository(tmp_path)
    edit(app, "environments/prod.yaml", "  web:\n", "  web:\n    disabled: true\n")
    found = rules(reviewed(app))["prod"]
    assert "review-removed" in found
    assert "review-one-environment" not in found


def test_a_changed_comment_changes_nothing(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    edit(app, "environments/base.yaml", "abstract: true", "# new\nabstract: true")
    assert reviewed(app)["skipped"] == ["lab", "prod", "staging"]


def test_a_changed_library_reaches_only_who_imports_it(tmp_path: Path) -> None:
    source = 'local size = import "size.libsonnet";\n' + FILES["components/cache.jsonnet"]
    files = {
        **FILES,
        "components/cache.jsonnet": source.replace('"100"', "size"),
        "components/size.libsonnet": '"100"',
    }
    lonely = "components:\n  other: {source: components/other.yaml}\n"
    plain = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n"
    more = {"environments/other.yaml": lonely, "components/other.yaml": plain}
    app = make_repository(tmp_path, {**files, **more})
    edit(app, "components/size.libsonnet", "100", "200")
    document = reviewed(app)
    assert document["skipped"] == ["other"]
    (difference,) = document["environments"][0]["objects"]
    assert difference["fields"] == [{"path": "data.size", "before": "100", "after": "200"}]


def test_nothing_of_the_checkout_is_touched(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    change_everything(app)
    index = (tmp_path / ".git/index").read_bytes()
    status = git(tmp_path, "status", "--porcelain")
    review(app)
    assert (tmp_path / ".git/index").read_bytes() == index
    assert git(tmp_path, "status", "--porcelain") == status
    assert git(tmp_path, "rev-parse", "--abbrev-ref", "HEAD").strip() == "change"


def test_two_revisions_are_compared_whatever_the_files_say_now(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    edit(app, "environments/prod.yaml", "replicas: 2", "replicas: 5")
    commit(app, "more")
    edit(app, "environments/prod.yaml", "replicas: 5", "replicas: 9")
    document = reviewed(app, "main..change")
    (change,) = document["environments"][0]["parameters"]
    assert (change["before"]["value"], change["after"]["value"]) == (2, 5)


def test_the_base_is_where_the_branch_began(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    git(tmp_path, "checkout", "--quiet", "main")
    edit(app, "environments/prod.yaml", "replicas: 2", "replicas: 7")
    commit(app, "what others did meanwhile")
    git(tmp_path, "checkout", "--quiet", "change")
    assert reviewed(app)["environments"] == []
    assert reviewed(app, "main...change")["environments"] == []
    assert [item["name"] for item in reviewed(app, "main")["environments"]] == ["prod"]


def test_another_directory_can_be_the_base(tmp_path: Path) -> None:
    app = make_repository(tmp_path / "new")
    old = make_repository(tmp_path / "old")
    edit(app, "environments/prod.yaml", "replicas: 2", "replicas: 3")
    document = reviewed(app, "--against", str(old))
    assert rules(document)["prod"] == {
        "review-one-environment", "review-replicas", "review-resources",
    }  # fmt: skip
    done = review(app, "main", "--against", str(old))
    assert (done.code, "option-conflict" in done.stderr) == (2, True)


def test_only_the_named_environments_are_reviewed(changed: Path) -> None:
    assert list(rules(reviewed(changed, "--env", "staging"))) == ["staging"]
    done = review(changed, "--env", "stagin")
    assert done.code == 2
    assert "environment-unknown" in done.stderr


def test_nothing_is_said_of_environments_that_were_not_asked_for(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    edit(app, "environments/base.yaml", "mnist/web:1", "mnist/web:2")
    assert "review-one-environment" not in rules(reviewed(app, "--env", "prod"))["prod"]


def test_several_formats_are_written_at_once(changed: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / f"review.{name}" for name in ("markdown", "sarif")}
    outputs = [f"--output={name}={file}" for name, file in files.items()]
    done = review(changed, *outputs, "-o", "junit")
    assert done.code == 1
    assert done.stdout == (GOLDEN / "junit.txt").read_text(encoding="utf-8")
    for name, file in files.items():
        assert file.read_text(encoding="utf-8") == (GOLDEN / f"{name}.txt").read_text("utf-8")
    assert review(changed, *outputs).stdout == ""


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (["tex"], "'tex' is not one of text, json, markdown"),
        (["text", "json"], "two formats go to the same place"),
        (["text=a", "json=a"], "two formats go to the same place"),
        (["text=nowhere/review.txt"], "'nowhere/review.txt' is no file that could be written"),
        (["text="], "'' is no file that could be written"),
        (["text=."], "'.' is no file that could be written"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_the_work(
    changed: Path, outputs: list[str], message: str
) -> None:
    done = review(changed, *(f"--output={output}" for output in outputs))
    assert (done.code, done.stdout) == (2, "")
    assert message in done.stderr


def test_an_environment_that_only_one_side_has_is_added_or_removed(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    (app / "environments/lab.yaml").rename(app / "environments/desk.yaml")
    found = {item["name"]: item for item in reviewed(app)["environments"]}
    assert (found["desk"]["state"], found["lab"]["state"]) == ("added", "removed")
    assert [item["difference"] for item in found["desk"]["objects"]] == ["added"]
    assert [item["rule"] for item in found["lab"]["findings"]] == ["review-removed"]


def test_a_base_that_does_not_compile_does_not_hide_the_head(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    edit(app, "environments/prod.yaml", "replicas: 2", "replicas: two")
    commit(app, "broken")
    edit(app, "environments/prod.yaml", "replicas: two", "replicas: 2")
    done = review(app, "HEAD")
    assert "warning[review-base]" in done.stdout
    assert 'parameter "replicas" must be an integer' in done.stdout
    assert "+ Deployment/mnist/web" in done.stdout
    assert done.code == 0


def test_a_base_is_never_named_by_the_place_of_its_copy(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    edit(app, "components/web.jsonnet", "params.claim", 'error "no claim"')
    commit(app, "broken")
    edit(app, "components/web.jsonnet", 'error "no claim"', "params.claim")
    done = review(app, "HEAD")
    assert "no claim at components/web.jsonnet:9:" in done.stdout
    assert "kuplet-review" not in done.stdout + done.stderr


def test_a_base_that_cannot_be_read_does_not_hide_the_head(tmp_path: Path) -> None:
    app = make_repository(tmp_path, {**FILES, "environments/prod.yaml": "a: [\n"})
    (app / "environments/prod.yaml").write_text((app / "environments/staging.yaml").read_text())
    document = reviewed(app)
    assert [item["rule"] for item in document["findings"]] == ["review-base"]
    assert {item["state"] for item in document["environments"]} == {"base-broken"}


def test_merge_markers_in_a_parameter_file_are_an_error(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    markers = "<<<<<<< HEAD\n      replicas: 2\n=======\n      replicas: 4\n>>>>>>> other\n"
    edit(app, "environments/prod.yaml", "      replicas: 2\n", markers)
    done = review(app)
    assert done.code == 1
    assert "error[yaml-conflict]" in done.stdout
    assert "environments/prod.yaml:11:1" in done.stdout


def test_a_head_that_does_not_compile_is_an_error_of_that_environment(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    edit(app, "environments/prod.yaml", "replicas: 2", "replicas: two")
    document = reviewed(app)
    (prod,) = document["environments"]
    assert prod["state"] == "head-broken"
    assert [item["rule"] for item in prod["findings"]] == ["parameter-type"]


def test_an_app_that_the_base_has_not_is_all_new(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    commit(tmp_path, "nothing yet")
    app = make_repository(tmp_path / "x")  # its own repository, whose files are moved here
    (app / ".." / ".git").rename(tmp_path / "elsewhere.git")
    document = reviewed(app)
    assert document["directory"] == "x/ml"
    assert [item["message"] for item in document["findings"]] == [
        "the base has no app in this directory: all of it is new, nothing is compared"
    ]
    assert {item["state"] for item in document["environments"]} == {"added"}


def test_values_of_secrets_are_nowhere(tmp_path: Path) -> None:
    secret = (
        "// @param password string Password\n"
        '{ apiVersion: "v1", kind: "Secret", metadata: { name: "s" },'
        " stringData: { p: 'postgres://u:' + params.password + '@db' } }\n"
    )
    lab = "components:\n  s: {source: components/s.jsonnet, params: {password: hunter-%s}}\n"
    files = {"components/s.jsonnet": secret, "environments/lab.yaml": lab % "two"}
    app = make_repository(tmp_path, files)
    edit(app, "environments/lab.yaml", "hunter-two", "hunter-three")
    done, found = in_all_formats(app, tmp_path)
    for text in (done.stderr, *found.values()):
        for hint_of_it in ("hunter", "sha256:"):
            assert hint_of_it not in text
    assert 's.password: "*** (before)" → "*** (after)"' in found["text"]
    (environment,) = json.loads(found["json"])["environments"]
    assert [item["secret"] for item in environment["parameters"]] == [True]


# --- git


def test_outside_of_a_repository_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    (tmp_path / ".git").rename(tmp_path / "gone")
    done = run_kuplet("review", cwd=app, env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)})
    assert done.code == 2
    assert "error[git-repository]" in done.stderr
    assert "--against" in done.stderr


@pytest.mark.parametrize("revision", ["nowhere", "main..nowhere", "-x..main"])
def test_a_revision_that_is_not_there_is_named(tmp_path: Path, revision: str) -> None:
    done = review(make_repository(tmp_path), "--", revision)
    assert done.code == 2
    assert "error[git-revision]" in done.stderr


def test_a_shallow_clone_says_how_to_fetch_the_rest(tmp_path: Path) -> None:
    app = make_repository(tmp_path / "origin")
    commit(app, "one more")
    git(app, "checkout", "--quiet", "main")
    clone = tmp_path / "clone"
    source = f"file://{tmp_path / 'origin'}"
    options = ("--quiet", "--depth=1", "--branch=change")
    subprocess.run(["git", "clone", *options, source, str(clone)], check=True, capture_output=True)
    for arguments in ((), ("main",)):
        done = run_kuplet("review", *arguments, cwd=clone / "ml")
        assert done.code == 2
        assert "error[git-shallow]" in done.stderr
        assert "git fetch --unshallow" in done.stderr


def test_branches_without_a_common_commit_cannot_be_reviewed(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    git(tmp_path, "checkout", "--quiet", "--orphan", "other")
    commit(app, "from nothing")
    done = review(app)
    assert (done.code, "have no commit in common" in done.stderr) == (2, True)


def test_a_link_that_leads_out_of_the_app_is_not_followed(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    (tmp_path / "outside.libsonnet").write_text('"x"')
    (app / "components/lib").mkdir()
    (app / "components/lib/out.libsonnet").symlink_to("../../../outside.libsonnet")
    (app / "components/lib/in.libsonnet").symlink_to("../cache.jsonnet")
    commit(app, "links")
    target = tmp_path / "target"
    target.mkdir()
    write_tree(find_checkout(app), "HEAD", target)
    links = {path.name for path in (target / "components/lib").iterdir()}
    assert links == {"in.libsonnet"}
    assert (target / "components/lib/in.libsonnet").read_text() == FILES["components/cache.jsonnet"]


def test_a_hook_of_git_can_review(tmp_path: Path) -> None:
    app = make_repository(tmp_path)
    edit(app, "environments/prod.yaml", "replicas: 2", "replicas: 3")
    env = {"GIT_DIR": ".git", "GIT_INDEX_FILE": ".git/index"}
    done = run_kuplet("review", cwd=app, env=env)
    assert (done.code, "2 → 3 pods" in done.stdout) == (0, True)


# --- apps of ksonnet

KSONNET = {
    "app.yaml": """\
apiVersion: 0.3.0
kind: ksonnet.io/app
name: old
environments:
  dev:
    path: dev
    k8sVersion: v1.30.0
    destination: {server: "https://10.0.0.1", namespace: dev}
  prod:
    path: prod
    k8sVersion: v1.30.0
    destination: {server: "https://10.0.0.2", namespace: prod}
""",
    "components/params.libsonnet": "{ global: {}, components: { web: { size: 1 } } }",
    "components/web.jsonnet": """\
local params = std.extVar("__ksonnet/params").components.web;
{
  apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" },
  data: { size: std.toString(params.size) },
}
""",
    "environments/base.libsonnet": 'std.extVar("__ksonnet/components")',
    "environments/dev/main.jsonnet": 'local base = import "base.libsonnet"; base + {}',
    "environments/prod/main.jsonnet": 'local base = import "base.libsonnet"; base + {}',
    "environments/dev/globals.libsonnet": "{}",
    "environments/prod/globals.libsonnet": "{}",
    "environments/dev/params.libsonnet": 'std.extVar("__ksonnet/params")',
    "environments/prod/params.libsonnet": """\
local params = std.extVar("__ksonnet/params");
params + { components+: { web+: { size: 2 } } }
""",
}


def test_parameters_of_a_ksonnet_app_are_reviewed(tmp_path: Path) -> None:
    app = make_repository(tmp_path, KSONNET)
    edit(app, "environments/prod/params.libsonnet", "size: 2", "size: 3")
    document = reviewed(app)
    assert document["skipped"] == ["dev"]
    (prod,) = document["environments"]
    (change,) = prod["parameters"]
    assert (change["before"]["value"], change["after"]["value"]) == (2, 3)
    assert change["after"]["file"] == "environments/prod/params.libsonnet"
    assert prod["objects"][0]["fields"] == [{"path": "data.size", "before": "2", "after": "3"}]
    assert rules(document) == {"prod": {"review-one-environment"}}


def test_secret_parameters_of_a_ksonnet_app_are_masked(tmp_path: Path) -> None:
    secret = """\
local params = std.extVar("__ksonnet/params").components.web;
{
  apiVersion: "v1", kind: "Secret", metadata: { name: "web" },
  stringData: { pin: "pin " + params.size },
}
"""
    app = make_repository(tmp_path, {**KSONNET, "components/web.jsonnet": secret})
    edit(app, "environments/prod/params.libsonnet", "size: 2", "size: 3")
    (prod,) = reviewed(app)["environments"]
    (change,) = prod["parameters"]
    values = (change["before"]["value"], change["after"]["value"])
    assert (change["secret"], values) == (True, ("*** (before)", "*** (after)"))


def test_a_ksonnet_app_without_a_name_is_called_alike_on_both_sides(tmp_path: Path) -> None:
    app = make_repository(tmp_path, KSONNET)
    edit(app, "app.yaml", "name: old\n", "")
    commit(app, "no name")
    assert reviewed(app, "HEAD")["skipped"] == ["dev", "prod"]


def test_settings_of_ones_own_are_no_change(tmp_path: Path) -> None:
    app = make_repository(tmp_path, {**KSONNET, ".gitignore": "app.override.yaml\n"})
    override = 'environments: {dev: {destination: {server: "https://10.0.0.9", namespace: me}}}\n'
    (app / "app.override.yaml").write_text(f"apiVersion: 0.3.0\n{override}")
    assert reviewed(app)["skipped"] == ["dev", "prod"]


@pytest.mark.parametrize("file", ["components/params.libsonnet", "environments/base.libsonnet"])
def test_what_all_environments_of_a_ksonnet_app_read_reaches_all(tmp_path: Path, file: str) -> None:
    app = make_repository(tmp_path, KSONNET)
    (app / file).write_text((app / file).read_text() + "// a word\n")
    document = reviewed(app)
    assert document["skipped"] == []
    assert [each["state"] for each in document["environments"]] == ["changed", "changed"]
    assert [each["objects"] for each in document["environments"]] == [[], []]
