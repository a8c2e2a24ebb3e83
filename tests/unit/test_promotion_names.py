"""What ``validate`` says of the names under ``promotion``."""

from pathlib import Path

import pytest

from compiler.stages.promotion.names import check_promotion
from tests.factories import load, write_app

CLOSED = "// @optionalParam image string one The image.\n{}\n"
BASE = """\
abstract: true
components:
  web: {source: components/web.jsonnet}
  free: {source: components/free.jsonnet}
  plain: {source: components/plain.yaml}
"""


def found(root: Path, base: str = "", staging: str = "", prod: str = "") -> list[str]:
    files = {
        "components/web.jsonnet": CLOSED,
        "components/free.jsonnet": "{}",
        "components/plain.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
        "environments/base.yaml": BASE + base,
        "environments/staging.yaml": f"extends: base\n{staging}",
        "environments/prod.yaml": f"extends: base\n{prod}",
    }
    app = load(write_app(root, files))
    return [
        f"{item.environment} {item.severity}: {item.message}"
        for name in ("prod", "staging")
        for item in check_promotion(app, name)
    ]


@pytest.mark.parametrize(
    "pattern", ["web.image", "web.*", "*.image", "plain.*", "*.*", "free.whatever", "[wf]*.image"]
)
def test_a_pattern_that_fits_is_fine(tmp_path: Path, pattern: str) -> None:
    assert found(tmp_path, prod=f"promotion: {{copies: ['{pattern}'], from: staging}}\n") == []


@pytest.mark.parametrize(
    ("pattern", "severity"), [("web.x", "error"), ("plain.x", "error"), ("nosuch.*", "warning")]
)
def test_a_pattern_that_fits_nothing_is_found(tmp_path: Path, pattern: str, severity: str) -> None:
    for kind in ("copies", "allow"):
        (text,) = found(tmp_path, prod=f"promotion: {{{kind}: ['{pattern}'], from: staging}}\n")
        assert text.startswith(f"prod {severity}: ")
        assert f'"{pattern}"' in text


def test_a_component_of_one_side_is_known(tmp_path: Path) -> None:
    only = "components: {more: {source: components/web.jsonnet}}\n"
    promotion = "promotion: {copies: [more.image], from: staging}\n"
    assert found(tmp_path, staging=only, prod=promotion) == []
    assert found(tmp_path, prod=promotion + only) == []
    assert len(found(tmp_path, prod=promotion)) == 1


def test_what_all_extend_may_name_one_of_them(tmp_path: Path) -> None:
    shared = "promotion: {from: staging, copies: [web.image]}\n"
    assert found(tmp_path, base=shared) == []
    assert found(tmp_path, staging=shared) == ['staging error: "staging" takes from itself']


def test_what_cannot_be_resolved_is_left_to_its_own_findings(tmp_path: Path) -> None:
    broken = "components: {web: {params: {image: 1}}}\n"
    promotion = "promotion: {copies: [web.nosuch], from: staging}\n"
    assert found(tmp_path, staging=broken, prod=promotion) == []
    assert found(tmp_path, prod=promotion.replace("staging", "qa")) == [
        'prod error: "prod" takes from "qa", which does not exist',
        'prod error: there is no parameter "web.nosuch"',
    ]
