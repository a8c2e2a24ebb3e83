"""Checks that somebody provides what objects refer to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from compiler.kinds.kind import Reference
from compiler.kinds.references import all_references_of
from compiler.kinds.table import kind_of
from compiler.model.app import Environment
from compiler.model.finding import Finding, Severity
from compiler.model.manifest import Manifest, ObjectRef, by_ref, mapping_at, objects_at, text_at
from compiler.model.secret import GENERATE
from compiler.stages.names import did_you_mean


def check_references(environment: Environment, manifests: Sequence[Manifest]) -> Iterator[Finding]:
    """Yield a warning for each reference to what neither the compile nor others provide.

    Then one for each key that pods need of an object of the app that has it not.
    """
    known = by_ref(manifests)
    claims = tuple(_claims_of_stateful_sets(manifests))
    keyless: list[Finding] = []
    for manifest in manifests:
        seen: set[ObjectRef] = set()
        for reference in all_references_of(manifest):
            needed = reference.needed
            if reference.keys and needed in known and not reference.is_optional:
                keyless += _without_key(manifest, reference, known[needed])
            if needed in seen:
                continue
            seen.add(needed)
            if needed in known or reference.is_optional or not kind_of(needed).is_expected:
                continue
            if needed.name in kind_of(needed).given:
                continue
            if not environment.external.isdisjoint({str(needed), needed.qualified}):
                continue
            if needed.kind == "PersistentVolumeClaim" and needed.name.startswith(claims):
                continue
            yield _missing(manifest, reference, known)
    yield from keyless


def _missing(
    manifest: Manifest, reference: Reference, known: Mapping[ObjectRef, Manifest]
) -> Finding:
    needed = reference.needed
    is_elsewhere = needed.namespace not in {"", manifest.ref.namespace}
    where = f' in namespace "{needed.namespace}"' if is_elsewhere else ""
    near = "" if where else _near(needed, known)
    hint = f'if it exists in the cluster, declare it: external: ["{needed}"]'
    message = f"names {needed}{where}, which nothing here provides"
    hint = f"{near} {hint}" if near else hint
    return _warning("reference-missing", manifest, reference, message, hint)


def _without_key(manifest: Manifest, reference: Reference, source: Manifest) -> Iterator[Finding]:
    keys = _keys_of(source)
    for key in reference.keys:
        if not keys or not key or key in keys:  # others may fill what is empty
            continue
        message = f'needs the key "{key}" of {source.ref}, which has none'
        yield _warning("reference-key", manifest, reference, message, did_you_mean(key, keys))


def _warning(
    rule: str, manifest: Manifest, reference: Reference, message: str, hint: str
) -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.WARNING,
        message=f"{manifest.ref} {message}",
        span=manifest.origin.span,
        component=manifest.origin.component,
        object=str(manifest.ref),
        field=reference.field,
        notes=(f"at {reference.field}", manifest.origin.note),
        hint=hint,
    )


def _keys_of(manifest: Manifest) -> set[str]:
    """Return the keys that a Secret or ConfigMap will have."""
    made_up = (
        item.partition(":")[0] for item in str(manifest.annotations.get(GENERATE, "")).split()
    )
    fields = ("data", "stringData", "binaryData")
    return {*made_up, *(key for field in fields for key in mapping_at(manifest.body, field))}


def _near(needed: ObjectRef, known: Iterable[ObjectRef]) -> str:
    """Return what may have been meant: the same elsewhere, or something called alike."""
    same_kind = [ref for ref in known if ref.kind == needed.kind]
    elsewhere = sorted(ref.namespace for ref in same_kind if ref.name == needed.name)
    if elsewhere:
        return f'there is one in namespace "{elsewhere[0]}", and this object is in another;'
    near = did_you_mean(str(needed), map(str, same_kind))
    return near if near.startswith("did you mean") else ""


def _claims_of_stateful_sets(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Yield the beginnings of the names of claims that StatefulSets will make."""
    for manifest in manifests:
        for template in objects_at(manifest.body, "spec", "volumeClaimTemplates"):
            yield f"{text_at(mapping_at(template, 'metadata'), 'name')}-{manifest.ref.name}-"
