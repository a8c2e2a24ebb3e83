"""The page of a review, read as text: what it shows, where its links lead, what it leaves out."""

from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from compiler.cli.report.review_page.markup import breakable, element
from compiler.cli.report.review_page.page import review_html
from compiler.cli.report.review_page.values import compared, readable
from compiler.model.change import FieldChange
from compiler.model.dag import ManifestDag
from compiler.model.difference import ObjectDifference
from compiler.model.finding import Finding
from compiler.model.json import JsonValue
from compiler.model.manifest import Manifest
from compiler.model.parameter import Setting
from compiler.model.ref import ParameterRef
from compiler.model.review import EnvironmentReview, ParameterChange, Review, ReviewState
from compiler.stages.link.views import component_ref
from tests.factories import SPAN, make_manifest


class Places(HTMLParser):
    """Collects the places of a page, where its links lead, and what it opens and closes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: set[str] = set()
        self.open: Counter[str] = Counter()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {key: value or "" for key, value in attrs}
        self.ids.update([named["id"]] if "id" in named else [])
        if tag == "a":
            self.links.add(named["href"])
        if tag not in {"link", "meta", "wbr"}:
            self.open[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        self.open[tag] -= 1


def changed(manifest: Manifest, fields: int = 1) -> ObjectDifference:
    found = tuple(FieldChange(path=f"data.f{i}", before="1", after="2") for i in range(fields))
    return ObjectDifference(before=manifest, after=manifest, fields=found)


def setting(value: JsonValue) -> Setting:
    return Setting(value=value, layer="base", span=SPAN)


def environment(name: str, components: int, fields: int = 1) -> EnvironmentReview:
    names = [f"c{number:03}" for number in range(components)]
    finding = Finding(rule="review-storage", message="data may go", environment=name)
    return EnvironmentReview(
        name=name,
        state=ReviewState.CHANGED,
        parameters=tuple(
            ParameterChange(ref=ParameterRef(each, "p"), before=setting(1), after=setting(2))
            for each in names
        ),
        objects=tuple(changed(make_manifest(name=each, component=each), fields) for each in names),
        findings=(finding, finding, replace(finding, message="data goes")),
        affected=ManifestDag(waves=(tuple(component_ref(each) for each in names),)),
    )


def page_of(*environments: EnvironmentReview) -> str:
    return review_html(Review(base="a", head="b", environments=environments))


def test_every_link_leads_somewhere_and_no_two_places_are_alike() -> None:
    places = Places(page_of(environment("prod", 200), environment("staging", 3)))
    assert {link.removeprefix("#") for link in places.links} <= places.ids.keys()
    assert set(places.ids.values()) == {1}
    assert {tag for tag, count in places.open.items() if count} == set()


def test_the_same_in_several_environments_is_said_once() -> None:
    page = page_of(environment("prod", 1), environment("staging", 1))
    assert page.count("data may go") == 1
    assert page.count('id="finding-') == 4


def test_a_large_review_is_a_page_that_opens_and_says_what_it_leaves_out() -> None:
    names = ("dev", "lab", "prod", "staging", "test")
    page = page_of(*(environment(name, 400, fields=50) for name in names))
    assert len(page) < 10_000_000
    assert "250 more objects not shown here" in page
    assert "10 more fields not shown here" in page
    assert "100 more parameters not shown here" in page
    assert "400 components are affected, too many to draw here" in page
    assert "kuplet review --env staging -o json" in page


def test_an_environment_that_does_not_compile_is_not_said_to_stay_as_it_is() -> None:
    broken = EnvironmentReview(name="lab", state=ReviewState.HEAD_BROKEN)
    page = page_of(environment("prod", 1), broken)
    assert "nothing is known of its objects" in page
    assert 'scope="col"><a href="#environment-lab"' not in page


def test_a_review_of_nothing_says_so() -> None:
    page = review_html(Review(base="a", head="b", skipped=("lab", "prod")))
    assert '<h1 class="fine">Nothing changes</h1>' in page
    assert "nothing that they read has changed: lab, prod" in page


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (1, 2, "<del>1</del>→<ins>2</ins>"),
        (None, "a", "<i>not set</i>→<ins>&quot;a&quot;</ins>"),
        ("web:1.10", "web:1.12", "web:1.<mark>10</mark>&quot;</del>"),
        (["a"], ["a", "b"], "<ins>[&quot;a&quot;<mark>, &quot;b&quot;</mark>]</ins>"),
        ("x" * 200 + "-1-" + "y" * 200, "x" * 200 + "-2-" + "y" * 200, "-<mark>2</mark>-yyy"),
        ("a\nb\nc", "a\nB\nc", 'b</span><span class="new">+ B</span>'),
        ("a\n", "a\nb\n", '<span class="new">+ b</span>'),
        (None, "a\nb", '<span class="new">+ a</span><span class="new">+ b</span>'),
        ({"k": "v" * 99, "n": 1}, {"k": "v" * 99, "n": 2}, "&quot;n&quot;: <mark>2</mark>"),
        ({"k": "v" * 200, "n": 1}, {"k": "v" * 200, "n": 2}, "+   &quot;n&quot;: 2</span>"),
    ],
)  # fmt: skip
def test_what_differs_is_what_one_sees(before: JsonValue, after: JsonValue, shown: str) -> None:
    sides = (None if side is None else readable(side) for side in (before, after))
    assert shown in compared(*sides).replace('<span class="arrow"> → </span>', "→")


def test_a_difference_far_down_is_not_lost_in_silence() -> None:
    many = "\n".join(map(str, range(3000)))
    assert "1001 more lines not shown here" in compared(many, f"{many}\nx")


def test_characters_that_deceive_the_eye_are_shown() -> None:
    assert element("p", "a\u202eb\u200bc\x00\n") == "<p>a\\u202eb\\u200bc\\x00\n</p>"


def test_only_what_is_long_is_broken() -> None:
    assert breakable("a.b/c and more") == "a.b/c and more"
    assert "containers<wbr>[web].<wbr>image" in breakable(
        "spec.template.spec.containers[web].image"
    )
    assert breakable("ml/environments/production.yaml:12").endswith("production.yaml:12")


def test_a_removed_component_is_one_row() -> None:
    gone = [
        ParameterChange(ref=ParameterRef("c000", name), before=setting(name), after=None)
        for name in ("image", "replicas", "port")
    ]
    made = environment("prod", 1)
    removed = [replace(item, after=None, fields=()) for item in made.objects]
    page = page_of(replace(made, parameters=tuple(gone), objects=tuple(removed)))
    assert page.count("removed, with 3 parameters") == 1
    assert "c000.image" not in page
    kept = page_of(replace(made, parameters=tuple(gone)))
    assert "c000.image" in kept
