"""Renders the runs of an environment."""

from collections.abc import Iterator, Sequence

from compiler.cli.report.diff import parameter_lines, unified_yaml
from compiler.cli.report.languages import Document, json_text
from compiler.cli.report.table import rows_text
from compiler.model.json import JsonObject
from compiler.model.run import Run
from compiler.stages.quantity import quantity_text
from compiler.stages.runs import difference_of
from compiler.stages.words import duration

COLUMNS = ("run", "component", "status", "release", "started", "duration", "gpu-hours", "why")


def runs_text(runs: Sequence[Run]) -> str:
    """Return the runs as a table."""
    return rows_text("runList", COLUMNS, [_row(run) for run in runs], "table")


def _row(run: Run) -> tuple[str, ...]:
    hours = run.gpu_hours
    return (
        run.name,
        run.manifest.origin.component,
        _status(run),
        str(run.release),
        run.started,
        "" if run.seconds is None else duration(run.seconds),
        f"{hours:.1f}" if hours and run.gpus else "",
        run.message,
    )


def _status(run: Run) -> str:
    return run.status.value if run.is_there else f"{run.status}, removed"


def runs_json(runs: Sequence[Run]) -> Document:
    """Return all that is known of the runs."""
    return json_text({"kind": "runList", "data": [_document(run) for run in runs]})


def _document(run: Run) -> JsonObject:
    ref = run.manifest.ref
    return {
        "kind": ref.kind,
        "name": ref.name,
        "namespace": ref.namespace,
        "component": run.manifest.origin.component,
        "release": run.release,
        "user": run.user,
        "status": run.status.value,
        "message": run.message,
        "exists": run.is_there,
        "newest": run.is_newest,
        "started": run.started,
        "seconds": run.seconds,
        "gpus": {name: quantity_text(name, amount) for name, amount in run.gpus.items()},
        "gpuHours": run.gpu_hours,
        "parameters": dict(run.parameters),
        "images": dict(run.images),
    }


def difference_text(before: Run, after: Run) -> str:
    """Return how a run differs from another one: parameters, images, and the object."""
    found = difference_of(before, after)
    lines = [f"{before.name}, {_status(before)} → {after.name}, {_status(after)}"]
    for parameter in found.parameters:
        lines += parameter_lines(parameter)
    lines += [
        f"    image {item.path}: {item.before or 'not seen'} → {item.after or 'not seen'}"
        for item in found.images
    ]
    lines += _body_lines(found.before, found.after)
    return "\n".join(lines)


def _body_lines(before: JsonObject, after: JsonObject) -> Iterator[str]:
    lines = list(unified_yaml(before, after, "the object"))
    if lines:
        yield ""
        yield from lines
