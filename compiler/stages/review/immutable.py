"""Fields that Kubernetes does not let anybody change in an object that exists."""

from collections.abc import Iterator

from compiler.kinds.kind import Life
from compiler.kinds.table import kind_of
from compiler.model.difference import ObjectDifference
from compiler.model.finding import Finding, Severity
from compiler.stages.claims import growths_of
from compiler.stages.leaving import may_be_replaced
from compiler.stages.review.rules import listed, raised
from compiler.stages.words import deletion


def recreations(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for an object that the API server refuses to change."""
    if paths := _refused(difference):
        ref = difference.manifest.ref
        message = f"{ref} must be deleted first, because this cannot change: {listed(paths)}"
        hint = f"say onChange: replace of its component, or delete it: {deletion(ref)}"
        if not may_be_replaced(difference.manifest):
            hint = f"give it another name, or delete it: {deletion(ref)}"
        yield raised(rule="review-recreate", message=message, field=paths[0], hint=hint)


def replacements(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for an object that the next apply deletes and makes anew."""
    is_run = kind_of(difference.manifest.ref).life is Life.RUN
    spec = [item.path for item in difference.fields if item.path.startswith("spec.")]
    if paths := spec if is_run else _refused(difference):
        message = f"{difference.manifest.ref} is deleted and made anew: {listed(paths)}"
        hint = "until then it is not there: onChange: replace of its component"
        severity = Severity.WARNING
        yield raised("review-recreate", message, field=paths[0], hint=hint, severity=severity)


def _refused(difference: ObjectDifference) -> list[str]:
    """Return the fields that differ and that the API server lets nobody change."""
    before, after = difference.before, difference.after
    if before is None or after is None:
        return []
    judged = before if before.body.get("immutable") is True else after
    refuses = kind_of(after.ref).immutable
    growing = {item.path for item in growths_of(after, before.body) if not item.is_shrinking}
    paths = (item.path for item in difference.fields if refuses(judged.body, item))
    return [path for path in paths if path not in growing]
