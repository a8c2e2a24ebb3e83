"""The page of a review, looked at in a browser: what a reviewer sees on a desk and on a phone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest
from playwright.sync_api import Browser, expect

from compiler.cli.report.review_page.page import review_html
from compiler.model.app import Goal
from compiler.model.change import FieldChange
from compiler.model.dag import Dependency, ManifestDag
from compiler.model.difference import ObjectDifference
from compiler.model.finding import Finding
from compiler.model.parameter import Setting
from compiler.model.ref import ParameterRef
from compiler.model.review import EnvironmentReview, ParameterChange, Review, ReviewState, Total
from compiler.model.source import SourceSpan
from compiler.stages.link.views import component_ref
from tests.factories import make_manifest
from tests.review.browser import Scheme, chromium, opened
from tests.review.repository import BASE, FILES, change_everything, edit, make_repository
from tests.review.test_review import reviewed

pytestmark = pytest.mark.browser

LOOK = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")
MARKUP = "<script>document.title = 'taken'</script><img src=x onerror=alert(1)>\"'&amp;"
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
MORE = """\
  board:
    source: components/cache.jsonnet
    params: {name: board}
    needs: [web]
"""


@dataclass(frozen=True)
class Case:
    """A page, and the same review for programs."""

    file: Path
    document: dict[str, Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A change that does everything, also to an app whose components wait for each other."""
    root = tmp_path_factory.mktemp("page")
    waiting = BASE.replace(
        "      image: mnist/web:1\n", "      image: mnist/web:1\n    needs: [train]\n"
    )
    app = make_repository(root, {**FILES, "environments/base.yaml": waiting + MORE})
    change_everything(app)
    muted = "claim: data-2  # review: mute review-storage because it was copied"
    edit(app, "environments/prod.yaml", "claim: data-2", muted)
    program = f"      command: [sh, -c, 'echo 1\n\n        echo 2']\n      args: [{'x' * 300}]\n"
    edit(app, "environments/prod.yaml", "      num_gpus: 2\n", f"      num_gpus: 2\n{program}")
    file = root / "review.html"
    return Case(file, reviewed(app, f"--output=html={file}"))


def hostile_page(directory: Path) -> Path:
    """Return a page on which whatever can hold markup does, and what is long is very long."""
    span = SourceSpan(f"{MARKUP}.yaml", 1)
    long = f"{MARKUP} {'x' * 2000} {'a.b/' * 500}"
    before, after = (Setting(value=value, layer=MARKUP, span=span) for value in (MARKUP, long))
    change = ParameterChange(ref=ParameterRef(MARKUP, MARKUP), before=before, after=after)
    nodes = component_ref(MARKUP), component_ref(long)
    edge = Dependency(dependent=nodes[1], needed=nodes[0], until=Goal.READY, reason=long)
    manifest = make_manifest(name=MARKUP, component=MARKUP)
    fields = (
        FieldChange(path=f"data.{long}", before=MARKUP, after=long),
        FieldChange(path="data.lines", before=f"{MARKUP}\n{long}", after=f"{long}\n{MARKUP}"),
    )
    plain = Finding(rule="review-storage", message=MARKUP, environment=MARKUP, hint=long)
    environment = EnvironmentReview(
        name=MARKUP,
        state=ReviewState.CHANGED,
        parameters=(change,),
        objects=(ObjectDifference(before=manifest, after=manifest, fields=fields),),
        totals={MARKUP: Total(before=Fraction(1), after=Fraction(2))},
        findings=(plain, replace(plain, message=long, span=span, muted=MARKUP, notes=(MARKUP,))),
        affected=ManifestDag(waves=((nodes[0],), (nodes[1],)), direct=(edge,)),
    )
    found = Review(
        base=MARKUP, head=MARKUP, directory=MARKUP, environments=(environment,), skipped=(long,)
    )
    file = directory / "hostile.html"
    file.write_text(review_html(found), encoding="utf-8")
    return file


# --- what a reviewer sees


def test_the_page_asks_for_nothing_but_itself(browser: Browser, case: Case) -> None:
    with opened(browser, case.file) as seen:
        seen.unfold()
        assert seen.requests == [case.file.as_uri()]
        assert seen.complaints == []


def test_every_environment_parameter_and_finding_can_be_read(browser: Browser, case: Case) -> None:
    with opened(browser, case.file) as seen:
        seen.unfold()
        text = " ".join(seen.page.inner_text("body").split())
        for each in case.document["environments"]:
            assert each["name"] in text
            for item in each["parameters"]:
                assert f"{item['component']}.{item['name']}" in text
            for item in each["findings"]:
                assert " ".join(item["message"].split()) in text
                assert seen.page.locator(f"#finding-{item['fingerprint'][:16]}").is_visible()
        assert all(name in text for name in case.document["skipped"])


def test_the_verdict_comes_first_and_counts(browser: Browser, case: Case) -> None:
    findings = [item for each in case.document["environments"] for item in each["findings"]]
    warnings = [item for item in findings if item["severity"] == "warning" and not item["muted"]]
    with opened(browser, case.file) as seen:
        expect(seen.page.locator("h1")).to_have_text(f"No errors, {len(warnings)} warnings")
        assert "No errors" in seen.page.title()
        muted = sum(bool(item["muted"]) for item in findings)
        expect(seen.page.locator("header .pill.muted")).to_have_text(f"{muted} muted")


def test_an_environment_is_folded_until_a_click_opens_its_diffs(
    browser: Browser, case: Case
) -> None:
    with opened(browser, case.file, width=390) as seen:
        prod = seen.page.locator("details.environment", has_text="prod")
        field = prod.locator(".field", has_text="spec.replicas").first
        expect(field).to_be_hidden()
        prod.locator("> summary").click()
        expect(field).to_be_visible()
        expect(field.locator("del")).to_have_text("2")
        expect(field.locator("ins")).to_have_text("3")


def test_a_finding_leads_to_what_changes(browser: Browser, case: Case) -> None:
    with opened(browser, case.file) as seen:
        page = seen.page
        target = page.locator("#findings").get_by_role("link").first.get_attribute("href")
        expect(page.locator(str(target))).to_be_hidden()
        page.locator("#findings").get_by_role("link").first.click()
        expect(page.locator(str(target))).to_be_in_viewport()


def test_the_graph_has_what_is_affected_and_who_waits_for_whom(
    browser: Browser, case: Case
) -> None:
    with opened(browser, case.file) as seen:
        seen.unfold()
        for each in case.document["environments"]:
            part = seen.page.locator(f"details:has(> #environment-{each['name']})")
            nodes = {
                node.get_attribute("data-component"): str(node.get_attribute("class")).split()[-1]
                for node in part.locator("[data-component]").all()
            }
            assert nodes == marks(each)
            arrows = {edge.get_attribute("data-edge") for edge in part.locator("[data-edge]").all()}
            assert arrows == {
                f"{needed} {item['component']}"
                for item in each["affected"]
                for needed in item["waitsFor"]
            }
        assert marks(case.document["environments"][0]) == {
            "board": "waits",
            "cache": "removed",
            "memory": "added",
            "train": "changed",
            "web": "changed",
        }


def marks(environment: dict[str, Any]) -> dict[str, str]:
    return {item["component"]: item["difference"] or "waits" for item in environment["affected"]}


# --- where it is read


@pytest.mark.parametrize("width", [360, 390, 820])
def test_a_phone_never_scrolls_sideways(
    browser: Browser, case: Case, tmp_path: Path, width: int
) -> None:
    for file in (case.file, hostile_page(tmp_path)):
        with opened(browser, file, width=width) as seen:
            for _ in range(2):
                assert seen.page.evaluate(WIDER) == 0
                seen.unfold()


def test_a_finger_can_hit_what_it_must(browser: Browser, case: Case) -> None:
    with opened(browser, case.file, width=360) as seen:
        seen.unfold()
        for target in seen.page.locator("summary, main a:visible").all():
            box = target.bounding_box()
            assert box
            assert box["height"] >= 24  # WCAG 2.2, target size


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_text_is_large_and_stands_out(browser: Browser, case: Case, scheme: Scheme) -> None:
    for width in (360, 1280):
        with opened(browser, case.file, scheme=scheme, width=width) as seen:
            seen.unfold()
            texts = seen.page.evaluate(LOOK)
            assert len(texts) > 100
            assert [item for item in texts if item["contrast"] < 4.5] == []  # WCAG AA
            assert [item for item in texts if item["size"] < 14] == []


def test_dark_is_dark(browser: Browser, case: Case) -> None:
    colors = []
    for scheme in SCHEMES:
        with opened(browser, case.file, scheme=scheme) as seen:
            colors.append(seen.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    brightness = [sum(int(part) for part in color[4:-1].split(",")) for color in colors]
    assert brightness[0] > 600
    assert brightness[1] < 150


def test_what_is_folded_is_printed(browser: Browser, case: Case) -> None:
    with opened(browser, case.file) as seen:
        seen.page.emulate_media(media="print")
        expect(seen.page.locator(".field", has_text="spec.replicas").first).to_be_visible()


# --- what the files hold


def test_markup_in_the_files_is_text(browser: Browser, tmp_path: Path) -> None:
    file = hostile_page(tmp_path)
    with opened(browser, file) as seen:
        seen.unfold()
        assert seen.requests == [file.as_uri()]
        assert seen.complaints == []
        assert seen.page.locator("script, img, iframe, object").count() == 0
        assert seen.page.title().startswith(f"kuplet review of {MARKUP}")
        text = seen.page.inner_text("body")
        assert text.count("<script>") >= 10


def test_even_markup_that_got_into_the_page_would_do_nothing(
    browser: Browser, case: Case, tmp_path: Path
) -> None:
    text = case.file.read_text(encoding="utf-8")
    injected = f"<body>{MARKUP}<style>h1 {{ display: none }}</style>"
    file = tmp_path / "injected.html"
    file.write_text(text.replace("<body>", injected, 1), encoding="utf-8")
    with opened(browser, file) as seen:
        assert seen.page.title() != "taken"
        expect(seen.page.locator("h1")).to_be_visible()
        blocked = [line for line in seen.complaints if "Content Security Policy" in line]
        assert len(blocked) >= 3, seen.complaints
