"""What files and releases hold of the promotion that came last."""

from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import mapping_at, text_at
from compiler.model.promotion import Promoted


def promoted_of(value: JsonValue) -> Promoted | None:
    """Return the promotion that a file or a release names; ``None`` where there is none."""
    fields = mapping_at(value)
    revision = fields.get("revision")
    if not fields:
        return None
    return Promoted(
        source=text_at(fields, "from"),
        revision=revision if isinstance(revision, int) else 0,
        commit=text_at(fields, "commit"),
        is_dirty=fields.get("dirty") is True,
        by=text_at(fields, "by"),
        is_from_files=fields.get("fromFiles") is True,
    )


def promoted_document(promoted: Promoted) -> JsonObject:
    """Return what files and releases hold of a promotion: only what there is to say."""
    fields: JsonObject = {
        "from": promoted.source,
        "revision": promoted.revision,
        "fromFiles": promoted.is_from_files,
        "commit": promoted.commit,
        "dirty": promoted.is_dirty,
        "by": promoted.by,
    }
    return {key: value for key, value in fields.items() if value}
