"""Shows which pods find a place."""

from collections.abc import Mapping
from fractions import Fraction

from compiler.cli.report.findings import finding_json
from compiler.cli.report.languages import json_text
from compiler.cli.report.table import table, terminal_width
from compiler.stages.quantity import quantity_text
from compiler.verbs.fits import Fitting

_COLUMNS = ("fits", "component", "object", "pods", "asks for")


def fitting_text(fitting: Fitting) -> str:
    """Return a table of the objects that make pods."""
    rows = [
        (str(item.fit), item.component, str(item.ref), str(item.pods), _amounts(item.asks))
        for item in fitting.placements
    ]
    return table(_COLUMNS, rows, terminal_width()) if rows else "no object makes pods"


def fitting_json(fitting: Fitting) -> str:
    """Return the same as a JSON document, with what stands in the way."""
    return json_text(
        {
            "apiVersion": "kuplet.dev/v1",
            "kind": "FitList",
            "objects": [
                {
                    "fits": str(item.fit),
                    "component": item.component,
                    "object": str(item.ref),
                    "pods": item.pods,
                    "asks": {key: quantity_text(key, amount) for key, amount in item.asks.items()},
                }
                for item in fitting.placements
            ],
            "findings": [finding_json(item) for item in fitting.findings],
        }
    )


def _amounts(asks: Mapping[str, Fraction]) -> str:
    return ", ".join(f"{name} {quantity_text(name, amount)}" for name, amount in asks.items())
