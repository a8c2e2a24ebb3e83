"""Fields that Kubernetes does not let anybody change in an object that exists."""

from collections.abc import Iterator

from compiler.kinds.table import kind_of
from compiler.model.difference import ObjectDifference
from compiler.model.finding import Finding
from compiler.stages.review.rules import listed, raised
from compiler.stages.words import deletion


def recreations(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for an object that the API server refuses to change."""
    before, ref = difference.before, difference.manifest.ref
    if before is None or difference.after is None:
        return
    is_sealed = before.body.get("immutable") is True
    judged = before if is_sealed else difference.after
    refuses = kind_of(ref).immutable
    paths = [item.path for item in difference.fields if refuses(judged.body, item)]
    if paths:
        message = f"{ref} must be deleted first, because this cannot change: {listed(paths)}"
        hint = f"give it another name, or delete it: {deletion(ref)}"
        yield raised(rule="review-recreate", message=message, field=paths[0], hint=hint)
