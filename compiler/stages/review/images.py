"""Rules about images: what changes, and what may change without anybody knowing."""

import re
from collections.abc import Iterator

from compiler.kinds.pods import containers_of
from compiler.model.difference import ObjectDifference
from compiler.model.finding import Finding
from compiler.model.image import parse_image
from compiler.model.manifest import Manifest, text_at
from compiler.stages.review.rules import raised

# Tags that are moved to newer images: "nightly-gpu" is one, "release-1.2" is a version.
_MOVING = frozenset(
    {"canary", "current", "dev", "devel", "develop", "edge", "head", "latest", "main", "master"}
    | {"next", "nightly", "prod", "production", "release", "snapshot", "stable", "staging"}
    | {"test", "testing", "trunk", "unstable"}
)
_WORD_END = re.compile(r"[-_.]")


def images(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for each change of an image, however many containers share it."""
    before, after = images_of(difference.before), images_of(difference.after)
    seen = {("", "")}
    for path in sorted(before.keys() & after.keys()):
        change = before[path], after[path]
        if change[0] != change[1] and change not in seen:
            message = f"{difference.manifest.ref}: image {_change(*change)}"
            yield raised(rule="review-image", message=message, field=f"{path}.image")
        seen.add(change)


def mutable_tags(difference: ObjectDifference) -> Iterator[Finding]:
    """Yield a finding for each new image whose name does not say which image it is."""
    before, after = images_of(difference.before), images_of(difference.after)
    seen = {""}
    for path, text in sorted(after.items()):
        image = parse_image(text)
        if text == before.get(path) or image.digest or text in seen:
            continue
        seen.add(text)
        if not image.tag or _is_moving(image.tag):
            why = f'tag "{image.tag}"' if image.tag else 'no tag, which means "latest"'
            message = f"{difference.manifest.ref}: {text} has {why}: it can change by itself"
            hint = "name a version, or pin it: kuplet param set … --resolve-image"
            field = f"{path}.image"
            yield raised(rule="review-mutable-tag", message=message, field=field, hint=hint)


def _is_moving(tag: str) -> bool:
    """Return whether a tag begins with such a word; behind it, a number makes it a version."""
    word, *rest = _WORD_END.split(tag.lower())
    is_version = bool(rest) and rest[0][:1].isdecimal() and word != "latest"
    return word in _MOVING and not is_version


def images_of(manifest: Manifest | None) -> dict[str, str]:
    """Return the image of each container by the container's path."""
    return {path: text_at(container, "image") for path, container in containers_of(manifest)}


def _change(old: str, new: str) -> str:
    """Return both names; the second without what they share, where only the version differs."""
    before, after = parse_image(old), parse_image(new)
    version = new.removeprefix(after.repository)
    is_same = before.repository == after.repository and version
    return f"{old} → {version if is_same else new}"
