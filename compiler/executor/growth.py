"""Lets the claims of a StatefulSet's pods grow, which its template alone cannot.

Kubernetes never changes the template of claims. So the claims are asked for more one by one, where
their class allows it, and the StatefulSet is made anew around its pods, which go on running.
Source: https://kubernetes.io/docs/concepts/storage/persistent-volumes/ (expanding volumes).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from compiler.executor.port import ApiError, ClusterPort
from compiler.executor.refusal import is_external, refused
from compiler.model.change import Refusal, RefusedPart
from compiler.model.finding import Finding
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, manifest_of, text_at
from compiler.stages.claims import Growth, amount_of, name_of, storage_of, templates_of

_CLAIM = "PersistentVolumeClaim"


def shrinking(manifest: Manifest, growths: Sequence[Growth]) -> Refusal:
    """Return the refusal of claims that would be smaller."""
    less = [item for item in growths if item.is_shrinking]
    finding = _finding(manifest, "claim-shrinks", f"claims never shrink: {_listed(less)}")
    hint = "ask for as much as before; to have less, copy the data to another StatefulSet"
    parts = tuple(RefusedPart(message="", paths=(item.path,)) for item in less)
    return Refusal(manifest=manifest, finding=replace(finding, hint=hint), parts=parts)


def fixed_claims(
    cluster: ClusterPort, manifest: Manifest, growths: Sequence[Growth]
) -> Iterator[Refusal]:
    """Yield a refusal for each growth that the server does not allow; nothing is written."""
    for growth in growths:
        for claim in _claims(cluster, manifest, growth.template):
            try:
                _grow(cluster, claim, growth.after, dry_run=True)
            except ApiError as failure:
                yield _fixed(failure, manifest, claim, growth)
                break  # those of one template are alike


def grow_claims(cluster: ClusterPort, manifest: Manifest) -> None:
    """Ask for as much storage as the templates say, for each claim that has less."""
    for template in templates_of(manifest.body):
        for claim in _claims(cluster, manifest, name_of(template)):
            _grow(cluster, claim, storage_of(template), dry_run=False)


def reason_of(growths: Sequence[Growth]) -> str:
    """Return why a StatefulSet is made anew."""
    return f"its claims grow ({_listed(growths)}), then it is made anew around its pods"


def _listed(growths: Sequence[Growth]) -> str:
    return ", ".join(map(str, growths))


def _grow(cluster: ClusterPort, claim: JsonObject, storage: JsonValue, *, dry_run: bool) -> None:
    """Ask for more storage, if the claim does not have it; only of the claim that was seen."""
    if amount_of(storage_of(claim)) >= amount_of(storage):
        return
    known = {key: text_at(claim, "metadata", key) for key in ("name", "namespace", "uid")}
    body: JsonObject = {
        "apiVersion": "v1",
        "kind": _CLAIM,
        "metadata": {**known},
        "spec": {"resources": {"requests": {"storage": storage}}},
    }
    cluster.apply(body, dry_run=dry_run, force=True)  # its controller owns the size


def _fixed(failure: ApiError, manifest: Manifest, claim: JsonObject, growth: Growth) -> Refusal:
    if is_external(failure):
        return refused(failure, replace(manifest_of(claim), origin=manifest.origin))
    name, of_class = name_of(claim), text_at(claim, "spec", "storageClassName")
    whose = f'class "{of_class}"' if of_class else "no class"
    message = f"{_CLAIM}/{name} of {whose} cannot grow from {storage_of(claim)} to {growth.after}"
    finding = _finding(manifest, "claim-fixed", message)
    hint = "let its StorageClass have allowVolumeExpansion, or ask for as much as before"
    return Refusal(
        manifest=manifest,
        finding=replace(finding, notes=(failure.message, *finding.notes), hint=hint),
        parts=(RefusedPart(message="", paths=(growth.path,)),),
    )


def _finding(manifest: Manifest, rule: str, message: str) -> Finding:
    return Finding(
        rule=rule,
        message=f"{manifest.ref.qualified}: {message}",
        object=str(manifest.ref),
        component=manifest.origin.component,
        span=manifest.origin.span,
        notes=(manifest.origin.note,),
    )


def _claims(cluster: ClusterPort, manifest: Manifest, template: str) -> list[JsonObject]:
    """Return the claims that a StatefulSet has made by a template, of pods that are gone, too."""
    pattern = re.compile(rf"{re.escape(template)}-{re.escape(manifest.ref.name)}-[0-9]+")
    found = cluster.list_objects("v1", _CLAIM, manifest.ref.namespace)
    return [item for item in found if pattern.fullmatch(name_of(item))]
