"""Pins and protection, over the layers of an environment."""

from pathlib import Path

import pytest

from compiler.stages.resolve import resolve
from tests.factories import load, write_app


def resolved(root: Path, base: str, prod: str) -> tuple[str, bool]:
    files = {
        "environments/base.yaml": f"abstract: true\n{base}",
        "environments/prod.yaml": f"extends: base\n{prod}",
    }
    environment = resolve(load(write_app(root, files)), "prod")
    return environment.destination.cluster, environment.protected is not None


@pytest.mark.parametrize(
    ("base", "prod", "pin"),
    [
        ("", "destination: {context: a, cluster: first-uid}\n", "first-uid"),
        ("destination: {context: a}\n", "destination: {cluster: first-uid}\n", "first-uid"),
        ("destination: {context: a, cluster: first-uid}\n", "", "first-uid"),
        ("", "destination: {cluster: first-uid}\n", "first-uid"),
        # whoever names another cluster leaves the pin of the first behind
        ("destination: {context: a, cluster: first-uid}\n", "destination: {context: b}\n", ""),
    ],
)
def test_a_pin_is_for_the_cluster_that_is_named_with_it(
    tmp_path: Path, base: str, prod: str, pin: str
) -> None:
    assert resolved(tmp_path, base, prod) == (pin, False)


@pytest.mark.parametrize(
    ("base", "prod", "is_protected"),
    [
        ("", "protect: true\n", True),
        ("protect: true\n", "", True),
        ("protect: true\n", "protect: false\n", False),
    ],
)
def test_the_strongest_layer_that_speaks_of_protection_counts(
    tmp_path: Path, base: str, prod: str, *, is_protected: bool
) -> None:
    assert resolved(tmp_path, base, prod) == ("", is_protected)
