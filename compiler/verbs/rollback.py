"""Brings an environment back to what an earlier release says."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from compiler.errors import AppError, ExternalError, UsageError
from compiler.executor.compare import compare_with_cluster
from compiler.executor.releases import Records
from compiler.images import image_with_digest
from compiler.model.app import Component, Environment
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, ObjectRef, by_ref
from compiler.model.owner import component_of
from compiler.model.prototype import Prototype
from compiler.model.release import Release, ReleaseVerb
from compiler.stages.link.link import link
from compiler.stages.release import there_after
from compiler.stages.rollback import (
    Restored,
    moved_image,
    restored,
    rollback_target,
    unseen_images,
)
from compiler.verbs.apply import ApplyOptions
from compiler.verbs.destination import Target
from compiler.verbs.inventory import inventory_in, refuse_unusual, with_left
from compiler.verbs.proposal import Proposal, planned
from compiler.verbs.record import releases_of


def plan_rollback(
    environment: Environment,
    target: Target,
    revision: int = 0,
    options: ApplyOptions = ApplyOptions(),  # noqa: B008  frozen
) -> Proposal:
    """Plan what brings an environment back to a release; nothing is written.

    Args:
        environment: As its files say now; its components do not count.
        revision: The release; 0 for the last one that stands and says something else.
        options: Whose fields are taken, what is waited for, what may be removed.

    Raises:
        AppError: Something of it cannot be brought back, or the server refuses it.
        UsageError: There is no such release.
        ExternalError: The server refused us.
    """
    records = releases_of(environment, target.cluster).all()
    goal = rollback_target(records.releases, revision)
    if goal is None or goal.verb is ReleaseVerb.DELETE:
        raise UsageError(_no_target(environment, records, revision), *records.damaged)
    whole = there_after(records.releases[records.releases.index(goal) :])
    live = _live(whole.manifests, target)
    found = restored(whole, there_after(records.releases), live)
    stops = [item for item in found.findings if item.is_error]
    if stops:
        raise AppError(*stops, *(item for item in found.findings if not item.is_error))
    compiled = _compiled(environment, whole, found)
    written = _written(compiled, found)
    comparison = compare_with_cluster(
        written, target.cluster, force=options.force, repeats=False, asks=target.asks
    )
    releases = releases_of(environment, target.cluster)
    inventory = inventory_in(environment, releases, records)
    comparison = with_left(comparison, compiled, target.cluster, inventory, options.pruning)
    notes = (*found.findings, *_images(goal))
    comparison = replace(comparison, findings=(*notes, *comparison.findings))
    refuse_unusual(comparison, compiled, inventory, options.pruning)
    proposal = planned(
        compiled,
        comparison,
        target,
        records,
        inventory,
        ReleaseVerb.ROLLBACK,
        wait=options.wait,
        force=options.force,
        skip_preflight=options.skip_preflight,
    )
    return replace(proposal, restores=whole)


def _no_target(environment: Environment, records: Records, revision: int) -> Finding:
    releases = records.releases
    known = ", ".join(str(item.revision) for item in reversed(releases) if item.stands)
    message = f'there is no release of "{environment.name}" to go back to'
    if revision:
        message = f"{environment.name} cannot go back to release {revision}: there is none"
        message += " that can be read" if records.damaged else ""
        if any(item.revision == revision for item in releases):
            message = f"release {revision} of {environment.name} has deleted what there was"
    hint = f"known: {known}" if known else "see kuplet history"
    return Finding(rule="revision-unknown", message=message, hint=hint)


def _live(manifests: Sequence[Manifest], target: Target) -> dict[ObjectRef, JsonObject]:
    found = ((item.ref, target.cluster.read(item)) for item in manifests)
    return {ref: live for ref, live in found if live is not None}


def _compiled(environment: Environment, whole: Release, found: Restored) -> CompiledEnvironment:
    """Return the release as if it had been compiled just now."""
    names = sorted({component_of(item.body) for item in found.manifests} | set(whole.needs))
    file = f"release {whole.revision}"
    components = tuple(
        Component(
            name=name,
            prototype=Prototype(name=file, file=file, source=""),
            parameters={},
            needs=whole.needs.get(name, ()),
        )
        for name in names
    )
    environment = replace(environment, components=components)
    dag = link(environment, found.manifests)
    known = by_ref(found.manifests)
    manifests = tuple(known[ref] for ref in dag.order)
    return CompiledEnvironment(environment=environment, manifests=manifests, dag=dag)


def _written(compiled: CompiledEnvironment, found: Restored) -> CompiledEnvironment:
    """Return a compile without what the rollback does not touch."""
    kept = (item for item in compiled.manifests if item.ref not in found.untouched)
    return replace(compiled, manifests=tuple(kept))


def _images(goal: Release) -> Iterator[Finding]:
    """Yield which tags of a release mean other images by now than when it ran."""
    unseen: dict[str, str] = {}
    for image, digests in goal.images.items():
        try:
            now = image_with_digest(image).partition("@")[2]
        except ExternalError as error:
            unseen[image] = error.findings[0].message
            continue
        if now not in digests:
            yield moved_image(image, " and ".join(digests), now, goal.revision)
    if unseen:
        yield unseen_images(list(unseen), next(iter(unseen.values())))
