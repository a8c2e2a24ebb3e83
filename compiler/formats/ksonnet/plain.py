"""Reads YAML and JSON components: plain objects that take their parameters as a patch."""

import json

import yaml

from compiler.errors import AppError
from compiler.formats.ksonnet.modules import ComponentFile
from compiler.formats.kuplet.component_source import checked_json
from compiler.jsonnet.yaml_11 import read_yaml_11
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonValue
from compiler.text.yaml_source import syntax_finding


def plain_object(component: ComponentFile) -> tuple[JsonValue, list[Finding]]:
    """Return the first document of a file, and a warning when there are more.

    Raises:
        AppError: The file is no YAML or JSON, or holds nothing.
    """
    documents = _documents(component)
    if not documents:
        message = f'component "{component.name}" is an empty file'
        raise AppError(_finding(component, "component-empty", message))
    rest = len(documents) - 1
    if not rest:
        return documents[0], []
    message = f'component "{component.name}" has documents after the first, which are not read'
    warning = _finding(component, "component-documents", message, Severity.WARNING)
    return documents[0], [warning]


def _documents(component: ComponentFile) -> list[JsonValue]:
    if component.file.endswith(".json"):
        return [json.loads(checked_json(component.text, component.file))]
    try:
        return read_yaml_11(component.text)
    except yaml.MarkedYAMLError as error:
        raise AppError(syntax_finding(error, component.text, component.file)) from error
    except (yaml.YAMLError, ValueError) as error:
        raise AppError(_finding(component, "yaml-syntax", str(error))) from error


def _finding(
    component: ComponentFile, rule: str, message: str, severity: Severity = Severity.ERROR
) -> Finding:
    hint = "put each object into a file of its own" if severity is Severity.WARNING else ""
    return Finding(
        rule=rule,
        message=message,
        severity=severity,
        span=component.span,
        component=component.name,
        hint=hint,
    )
