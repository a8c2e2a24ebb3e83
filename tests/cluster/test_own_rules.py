"""A rule of the app decides how far objects of its own kind have come."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cluster.kubectl import Kubectl
from tests.kuplet import run_kuplet

pytestmark = pytest.mark.cluster

DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: simulations.rules.example.com}
spec:
  group: rules.example.com
  scope: Namespaced
  names: {kind: Simulation, plural: simulations, singular: simulation}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          status: {type: object, properties: {step: {type: integer}, weather: {type: string}}}
"""
SIMULATION = """\
apiVersion: rules.example.com/v1
kind: Simulation
metadata: {name: wind}
"""
REPORT = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: report}
data: {a: b}
"""
RULE = """\
readiness:
  - apiVersion: rules.example.com/v1
    kind: Simulation
    ready: object.status.weather == "windy"
    completed: object.status.weather == "calm"
    failed: object.status.weather == "storm"
    message: '"step " + string(object.status.step)'
"""
NEEDS = """\
components:
  wind: {needs: [definition]}
  report: {needs: [{component: wind, until: completed}]}
"""


@pytest.fixture
def app(make_app: Callable[..., Path]) -> Path:
    files = {"definition.yaml": DEFINITION, "wind.yaml": SIMULATION, "report.yaml": REPORT}
    made = make_app(files, NEEDS)
    with (made / "app.yaml").open("a", encoding="utf-8") as file:
        file.write(RULE)
    return made


def report(kubectl: Kubectl, app: Path, weather: str, step: int) -> None:
    """Write a status, as a controller does, as soon as the object is there."""
    space = f"{app.name}-staging"
    while "simulation" not in kubectl("api-resources", "-o", "name") or not kubectl(
        "get", "simulations", "-n", space, "--ignore-not-found", "-o", "name"
    ):
        time.sleep(0.2)
    status = f'{{"status": {{"weather": "{weather}", "step": {step}}}}}'
    patch = ("--subresource=status", "--type=merge", "-p", status)
    kubectl("patch", "simulation", "wind", "-n", space, *patch)


def test_what_waits_starts_when_the_rule_says_so(app: Path, kubectl: Kubectl) -> None:
    with ThreadPoolExecutor() as pool:
        applying = pool.submit(run_kuplet, "apply", "staging", "--yes", cwd=app)
        report(kubectl, app, "windy", 1)
        time.sleep(3)  # it is ready, and looked at again, but not done
        assert "report" not in kubectl.names("configmaps", f"{app.name}-staging")
        report(kubectl, app, "calm", 2)
        done = applying.result()
    assert done.code == 0, done.stderr
    assert "Simulation/wind until completed: step 1" in done.stderr
    assert done.stderr.index("Simulation/wind completed") < done.stderr.index("ConfigMap/report cr")
    report(kubectl, app, "storm", 3)
    again = run_kuplet("apply", "staging", "--yes", "-c", "wind", cwd=app)
    assert again.code == 4, again.stderr
    assert "error[object-failed]: Simulation/" in again.stderr
    assert "step 3" in again.stderr
