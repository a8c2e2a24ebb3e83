"""Renders a review as JSON; schemas/review.schema.json describes it."""

from collections.abc import Mapping

from compiler.cli.report.findings import finding_json
from compiler.cli.report.languages import Document, json_text
from compiler.model.difference import ObjectDifference
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.parameter import Setting
from compiler.model.review import EnvironmentReview, ParameterChange, Review, SourceChange, Total
from compiler.stages.quantity import quantity_text


def review_json(review: Review) -> str:
    """Return a review as one document."""
    document = {
        "apiVersion": "kuplet.dev/v1",
        "kind": "Review",
        "base": review.base,
        "head": review.head,
        "directory": review.directory,
        "skipped": list(review.skipped),
        "components": {"total": review.components, "evaluated": review.evaluated},
        "findings": [_finding(item) for item in review.findings],
        "environments": [_environment(item) for item in review.environments],
    }
    return Document(json_text(document) + "\n")


def _environment(review: EnvironmentReview) -> JsonObject:
    return {
        "name": review.name,
        "state": review.state.value,
        "parameters": [_parameter(item) for item in review.parameters],
        "sources": [_source(item) for item in review.sources],
        "components": {name: item.value for name, item in review.components.items()},
        "objects": [_object(item) for item in review.objects],
        "totals": _totals(review.totals),
        "affected": _affected(review),
        "findings": [_finding(item) for item in review.findings],
    }


def _parameter(change: ParameterChange) -> JsonObject:
    return {
        "component": change.component,
        "name": change.ref.name,
        "before": _setting(change.before),
        "after": _setting(change.after),
        **({"secret": True} if change.is_secret else {}),
        "reaches": None
        if change.reaches is None
        else [
            {"object": item.object.qualified, "fields": list(item.fields)}
            for item in change.reaches
        ],
    }


def _source(change: SourceChange) -> JsonObject:
    return {
        "kind": change.kind.value,
        "name": change.name,
        "difference": change.difference.value,
        "before": change.before,
        "after": change.after,
        "file": change.span.file if change.span else "",
        "line": change.span.line if change.span else 0,
        "components": list(change.components),
    }


def _setting(setting: Setting | None) -> JsonObject | None:
    if setting is None:
        return None
    return {
        "value": setting.value,
        "layer": setting.layer,
        "file": setting.span.file,
        "line": setting.span.line,
    }


def _object(difference: ObjectDifference) -> JsonObject:
    manifest = difference.manifest
    return {
        "apiVersion": manifest.api_version,
        "kind": manifest.ref.kind,
        "namespace": manifest.ref.namespace,
        "name": manifest.ref.name,
        "component": manifest.origin.component,
        "difference": difference.kind.value,
        "fields": [
            {"path": item.path, "before": item.before, "after": item.after}
            for item in difference.fields
        ],
    }


def _totals(totals: Mapping[str, Total]) -> JsonObject:
    return {
        name: {
            "before": quantity_text(name, item.before),
            "after": quantity_text(name, item.after),
        }
        for name, item in totals.items()
    }


def _affected(review: EnvironmentReview) -> JsonValue:
    return [
        {
            "component": ref.name,
            "difference": review.difference_of(ref.name),
            "waitsFor": [each.needed.name for each in review.affected.direct_needs_of(ref)],
        }
        for ref in review.affected.order
    ]


def _finding(finding: Finding) -> JsonObject:
    more: JsonObject = {"fingerprint": finding.fingerprint, "muted": finding.muted}
    return {**finding_json(finding), **more}
