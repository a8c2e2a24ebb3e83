"""Names the places of a review's page that links lead to."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from compiler.model.difference import ObjectDifference
from compiler.model.finding import Finding
from compiler.model.review import EnvironmentReview

_NO_FRAGMENT = re.compile(r"[^A-Za-z0-9_./-]")
_DIGITS = 12  # enough to tell the places of one page apart

# By (environment), (environment, component) and (environment, component, Kind/name).
Anchors: TypeAlias = Mapping[tuple[str, ...], str]


def environment_anchor(name: str) -> str:
    """Return the place of an environment."""
    return f"environment-{_NO_FRAGMENT.sub('_', name)}"


def component_anchor(environment: str, component: str) -> str:
    """Return the place of a component's objects in an environment."""
    return f"component-{_digest(environment, component)}"


def object_anchor(environment: str, item: ObjectDifference) -> str:
    """Return the place of an object in an environment."""
    ref = item.manifest.ref
    return f"object-{_digest(environment, ref.group, ref.kind, ref.namespace, ref.name)}"


def anchors_of(environment: EnvironmentReview, shown: Sequence[ObjectDifference]) -> Anchors:
    """Return the places of an environment on a page that shows these objects."""
    name = environment.name
    found: dict[tuple[str, ...], str] = {(name,): environment_anchor(name)}
    for item in shown:
        component = item.manifest.origin.component
        found[name, component] = component_anchor(name, component)
        found[name, component, str(item.manifest.ref)] = object_anchor(name, item)
    return found


def anchor_for(finding: Finding, anchors: Anchors) -> str | None:
    """Return the place that shows best what a finding is about."""
    keys = ((finding.environment, finding.component, finding.object),
            (finding.environment, finding.component),
            (finding.environment,))  # fmt: skip
    return next((anchors[key] for key in keys if key in anchors), None)


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_DIGITS]
