"""What a promotion writes is what the target has afterwards: merged objects, package versions."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.errors import AppError
from compiler.stages.promotion.promotion import Pins, PromotionRequest, promotion_of
from compiler.verbs.compile import resolve_environment
from compiler.verbs.promote.effect import with_packages
from compiler.verbs.promote.promote import PromotionOptions, carry_out, plan_promotion_of
from tests.factories import load, write_app
from tests.kuplet import Done, run_kuplet

SOURCE = """\
// @optionalParam env object {"D":"0"} Settings.
// @optionalParam size integer 1 The size.
{
  apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" },
  data: { env: std.manifestJson(params.env), size: std.toString(params.size) },
}
"""
BASE = "abstract: true\ncomponents: {web: {source: components/web.jsonnet, params: {env: %s}}}\n"
STAGING = "extends: base\ncomponents: {web: {params: {env: %s}}}\n"
PROMOTION = "extends: base\npromotion: {from: staging, copies: ['*.env']}\n"


def make_app(root: Path, base: str, staging: str, prod: str = "") -> Path:
    own = f"components:\n  web:\n    params:\n{prod}" if prod else ""
    return write_app(
        root,
        {
            "components/web.jsonnet": SOURCE,
            "environments/base.yaml": BASE % base,
            "environments/staging.yaml": STAGING % staging,
            "environments/prod.yaml": PROMOTION + own,
        },
    )


def promote(app: Path, *more: str) -> Done:
    return run_kuplet("promote", "staging", "prod", "--from-files", *more, cwd=app)


def prod_params(app: Path) -> Any:
    return yaml.safe_load((app / "environments/prod.yaml").read_text())["components"]["web"][
        "params"
    ]


def env_of(app: Path, environment: str) -> Any:
    done = run_kuplet("param", "list", "--env", environment, "-o", "json", cwd=app)
    rows = yaml.safe_load(done.stdout)["data"]
    return next(row["value"] for row in rows if row["param"] == "env")


@pytest.mark.parametrize(
    ("base", "staging", "prod", "written"),
    [
        ("{A: 1, B: 2}", "{B: null, C: 3}", "", {"A": 1, "B": None, "C": 3, "D": "0"}),
        ("{A: {X: 1, Y: 2}}", "{A: {Y: null, Z: 3}}", "", None),
        ("{A: {X: 1}}", "{A: [1], D: null}", "", {"A": [1], "D": None}),
        ("{}", "{A: {X: 1}}", "      env: {A: 7, D: null, E: 1}\n", {"A": {"X": 1}, "D": "0"}),
        ("{A: 1}", "{A: null, D: null}", "      env:\n        B: 2  # ours\n", "refused"),
    ],
)
def test_an_object_is_written_so_that_the_target_gets_the_same(
    tmp_path: Path, base: str, staging: str, prod: str, written: Any
) -> None:
    app = make_app(tmp_path, base, staging, prod)
    before = (app / "environments/prod.yaml").read_text()
    done = promote(app, "--yes")
    if written == "refused":  # the comment would be lost
        assert (done.code, "error[edit-refused]" in done.stderr) == (1, True)
        assert (app / "environments/prod.yaml").read_text() == before
        return
    assert done.code == 0, done.stderr
    assert written is None or prod_params(app)["env"] == written
    assert env_of(app, "prod") == env_of(app, "staging")
    assert promote(app, "--check").code == 0


def test_a_diff_leaves_out_objects_that_are_declared_to_differ(tmp_path: Path) -> None:
    app = make_app(tmp_path, "{A: 1, B: 2}", "{B: null, C: 3}", "      env: {D: null}\n")
    done = run_kuplet("diff", "staging", "prod", cwd=app)
    assert (done.code, done.stdout) == (0, "")
    assert "declared to differ, so not shown: web.env" in done.stderr


def package(replicas: int) -> str:
    return f"""\
// @apiVersion 1
// @name web
// @description A web server.
// @shortDescription A web server
// @optionalParam replicas integer {replicas} Its pods.
{{
  apiVersion: "v1", kind: "ConfigMap", metadata: {{ name: "web" }},
  data: {{ replicas: std.toString(params.replicas) }},
}}
"""


def packaged_app(root: Path, prod: str = "") -> Path:
    return write_app(
        root,
        {
            "app.yaml": "apiVersion: kuplet.dev/v1\nkind: App\nname: demo\n"
            "registries: {r: {uri: ./registry}}\npackages: {r/srv: '1'}\n",
            "vendor/r/srv@1/prototypes/web.jsonnet": package(1),
            "vendor/r/srv@2/prototypes/web.jsonnet": package(2),
            "environments/base.yaml": "abstract: true\ncomponents: {a: {prototype: r/web}}\n",
            "environments/staging.yaml": "extends: base\npackages: {r/srv: '2'}\n",
            "environments/prod.yaml": f"extends: base\npromotion: {{from: staging}}\n{prod}",
        },
    )


def test_the_defaults_of_a_promoted_package_do_not_stop_its_promotion(tmp_path: Path) -> None:
    app = packaged_app(tmp_path)
    done = promote(app, "--yes")
    assert done.code == 0, done.stderr
    assert '  package r/srv: "1" → "2"' in done.stdout
    assert promote(app, "--check").code == 0
    partly = packaged_app(tmp_path)
    stopped = promote(partly, "-c", "a", "--yes")  # packages stay, so the default differs
    assert (stopped.code, '"a.replicas" differs: 2 in staging, 1 in prod' in stopped.stderr) == (
        1,
        True,
    )
    own = packaged_app(tmp_path, "components: {a: {params: {replicas: 5}}}\n")
    assert '"a.replicas" differs: 2 in staging, 5 in prod' in promote(own, "--yes").stderr


def test_who_imports_kuplet_promotes_without_the_command_line(tmp_path: Path) -> None:
    app = load(make_app(tmp_path, "{A: 1}", "{A: 2}"))
    options = PromotionOptions(is_from_files=True)
    planned = plan_promotion_of(app, "staging", "prod", options, print)
    assert [change.path for change in planned.plan.parameters] == ["web.env"]
    assert (planned.where, planned.findings) == ("the files of staging", ())
    assert env_of(tmp_path, "prod") == '{D: "0", A: 1}'
    assert carry_out(app, planned) == "wrote environments/prod.yaml"
    assert env_of(tmp_path, "prod") == '{D: "0", A: 2}'
    again = plan_promotion_of(load(tmp_path), "staging", "prod", options, print)
    assert (again.plan.is_empty, again.effect.texts) == (True, {})


def test_an_edit_while_it_asks_is_not_lost(tmp_path: Path) -> None:
    app = load(make_app(tmp_path, "{A: 1}", "{A: 2}"))
    planned = plan_promotion_of(app, "staging", "prod", PromotionOptions(is_from_files=True), print)
    prod = tmp_path / "environments/prod.yaml"
    edited = prod.read_text() + "# mine\n"
    prod.write_text(edited)
    with pytest.raises(AppError, match="was edited after the promotion was planned"):
        carry_out(app, planned)
    assert prod.read_text() == edited


def test_a_version_that_only_the_release_has_counts_too(tmp_path: Path) -> None:
    app = packaged_app(tmp_path)
    (app / "environments/staging.yaml").write_text(
        "apiVersion: kuplet.dev/v1\nkind: Environment\nextends: base\n"  # version 2 was released
    )
    loaded = load(app)
    promotion = promotion_of(loaded, "prod")
    assert promotion is not None
    request = PromotionRequest(promotion=promotion, target=resolve_environment(loaded, "prod"))
    for version, replicas in (("1", 1), ("2", 2), ("3", 1)):  # nobody has version 3
        pins = Pins(parameters={}, packages={"r/srv": version})
        (component,) = with_packages(loaded, request, pins).place.components
        assert component.parameters["replicas"].value == replicas
