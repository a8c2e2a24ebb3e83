"""The name of a parameter."""

import pytest

from compiler.model.ref import ParameterRef

COMPONENTS = ("app", "app.web", "app.web.api", "train")


@pytest.mark.parametrize(
    ("text", "component", "name"),
    [
        ("train.image", "train", "image"),
        ("app.size", "app", "size"),
        ("app.web.size", "app.web", "size"),
        ("app.web.api.size", "app.web.api", "size"),
        ("app.web.api", "app.web", "api"),
        ("train.env.A", "train", "env.A"),
        ("other.web.size", "other.web", "size"),
        ("other", "other", ""),
    ],
)
def test_the_longest_component_wins(text: str, component: str, name: str) -> None:
    assert ParameterRef.parse(text, COMPONENTS) == ParameterRef(component, name)


def test_a_name_is_written_and_read_back() -> None:
    ref = ParameterRef("app.web", "size")
    assert ParameterRef.parse(str(ref), COMPONENTS) == ref
