"""HorizontalPodAutoscalers of autoscaling/v2beta1 and v2beta2, as autoscaling/v2."""

from compiler.model.json import JsonObject
from compiler.model.manifest import mapping_at, objects_at, text_at

# How v2beta1 called what v2 says as {type, …}, by source of the metric.
_TARGETS = {
    "targetAverageUtilization": ("Utilization", "averageUtilization"),
    "targetAverageValue": ("AverageValue", "averageValue"),
    "targetValue": ("Value", "value"),
    "averageValue": ("AverageValue", "averageValue"),
}


def metrics_to_v2(body: JsonObject) -> list[str]:
    """Change an autoscaler in place; v2beta2 has the fields of v2 already."""
    spec = dict(mapping_at(body, "spec"))
    metrics = objects_at(spec, "metrics")
    changed = [_metric(metric) for metric in metrics]
    if changed == metrics:
        return []
    body["spec"] = {**spec, "metrics": [*changed]}
    return ["spec.metrics: targets written as {type, …}"]


def _metric(metric: JsonObject) -> JsonObject:
    source = text_at(metric, "type")
    field = source[:1].lower() + source[1:]
    old = mapping_at(metric, field)
    target = next(
        (
            {"type": kind, name: old[key]}
            for key, (kind, name) in _TARGETS.items()
            if old.get(key) is not None
        ),
        None,
    )
    if target is None:
        return metric
    new: JsonObject = {"target": target}
    if source in {"Resource", "ContainerResource"}:
        new |= {key: old[key] for key in ("name", "container") if key in old}
    else:
        new["metric"] = _named(old)
    if source == "Object":
        new["describedObject"] = mapping_at(old, "target")
    return {**metric, field: new}


def _named(old: JsonObject) -> JsonObject:
    """Return the name of a metric with the selector that narrows it down."""
    selector = old.get("selector") or old.get("metricSelector")
    name: JsonObject = {"name": text_at(old, "metricName")}
    return {**name, "selector": selector} if selector else name
