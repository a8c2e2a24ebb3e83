"""Finds out what an environment runs: its last release, and what only its cluster can say."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from compiler.errors import AppError, ExternalError
from compiler.executor.port import ApiError
from compiler.kinds.kind import Life, Rules
from compiler.kinds.own_rules import rules_of
from compiler.kinds.readiness import readiness_of
from compiler.kinds.table import kind_of
from compiler.model.app import App, Goal
from compiler.model.finding import Finding, Severity
from compiler.model.release import Release
from compiler.stages.model_versions import StatusPlace, is_newest, served_version, status_places
from compiler.stages.promotion.findings import not_released, stale, unhealthy, unknown_version
from compiler.stages.promotion.promotion import (
    Pins,
    PromotionRequest,
    copied_parameters,
    differences,
    pins_of_files,
    pins_of_release,
)
from compiler.stages.rollback import noted
from compiler.stages.runs import unproven
from compiler.verbs.compile import resolve_environment
from compiler.verbs.destination import open_destination
from compiler.verbs.promote.effect import with_packages
from compiler.verbs.record import releases_of, running_images
from compiler.verbs.runs import list_runs

if TYPE_CHECKING:
    from compiler.executor.port import ClusterPort


def released_pins(
    app: App,
    name: str,
    request: PromotionRequest,
    on_progress: Callable[[str], None],
    *,
    rehearse: bool,
) -> tuple[Pins, list[Finding]]:
    """Return what an environment runs, and what there is to say about that.

    What its release leaves open is asked of the cluster, if it is to be copied: the version of a
    model, digests of images.

    Raises:
        AppError: It was never applied, its last apply failed, or what it runs is not healthy.
        ExternalError: Its destination cannot be used.
    """
    environment = resolve_environment(app, name)
    target = open_destination(environment, on_progress, rehearse=rehearse, only_looks=True)
    cluster = target.cluster
    records = releases_of(environment, cluster).newest()
    newest = records.newest
    if newest is None or not newest.stands:
        raise AppError(not_released(name, newest))
    sick = list(_unhealthy(newest, cluster, rules_of(environment.readiness)))
    if sick:
        raise AppError(unhealthy(name, sick))
    pins = pins_of_release(newest)
    notes = [
        stale(name, pins, change.path) for change in differences(pins, pins_of_files(environment))
    ]
    request = with_packages(app, request, pins)
    pins = _with_digests(pins, request, newest, cluster)
    pins, problems = _with_versions(pins, request, newest, cluster)
    if any(kind_of(item.ref).life is Life.RUN for item in newest.manifests):
        runs, _ = list_runs(environment, target)
        pins = replace(pins, unproven=unproven(newest, runs))
    return pins, [*records.damaged, *noted(newest), *notes, *problems]


def rollback_noted(
    app: App, name: str, on_progress: Callable[[str], None], *, rehearse: bool
) -> list[Finding]:
    """Return the note on an environment that was rolled back, or that nobody could see."""
    environment = resolve_environment(app, name)
    try:
        cluster = open_destination(
            environment, on_progress, rehearse=rehearse, only_looks=True
        ).cluster
        return noted(releases_of(environment, cluster).newest().newest)
    except ExternalError as error:
        message = f"whether {name} was rolled back could not be seen"
        notes = tuple(finding.message for finding in error.findings)
        rule = "rolled-back"
        return [Finding(rule=rule, severity=Severity.NOTE, message=message, notes=notes)]


def _with_digests(
    pins: Pins, request: PromotionRequest, release: Release, cluster: "ClusterPort"
) -> Pins:
    """Ask the pods for the digests of images to be copied, where the release has not just one."""
    copied = copied_parameters(request, pins).values()
    images = pins.images.keys() & {value for value in copied if isinstance(value, str)}
    if all(len(pins.images[image]) == 1 for image in images):
        return pins
    running = running_images(release, cluster)
    known = {image: digests for image, digests in pins.images.items() if len(digests) == 1}
    return replace(pins, images={**pins.images, **running, **known})


def _with_versions(
    pins: Pins, request: PromotionRequest, release: Release, cluster: "ClusterPort"
) -> tuple[Pins, list[Finding]]:
    """Put the version that is served in the place of "the newest", where it is to be copied.

    What nobody knows is left out, with a finding, and what the command allows to differ without.
    """
    places = status_places(release.objects)
    parameters = dict(pins.parameters)
    problems: list[Finding] = []
    for ref, value in copied_parameters(request, pins).items():
        if ref not in places or not is_newest(value):
            continue
        del parameters[ref]
        if request.allows(ref):
            continue
        try:
            parameters[ref] = _served(places[ref], cluster)
        except ExternalError as error:
            reason = error.message if isinstance(error, ApiError) else str(error)
            problems.append(unknown_version(release, ref, places[ref], reason))
    return replace(pins, parameters=parameters), problems


def _served(place: StatusPlace, cluster: "ClusterPort") -> int:
    """Return the version of a model that is served.

    Raises:
        ExternalError: Nobody answers, or none is available.
    """
    answer = cluster.ask_service(place.namespace, place.service, place.port, place.path)
    version = served_version(answer)
    if version is None:
        message = "no version is available"
        raise ExternalError(Finding(rule="promotion-model", message=message))
    return version


def _unhealthy(release: Release, cluster: "ClusterPort", rules: Rules) -> Iterator[str]:
    """Yield each object of a release that is gone or not ready; finished jobs may be gone."""
    for manifest in release.manifests:
        live = cluster.read(manifest)
        if live is None:
            if kind_of(manifest.ref).life is not Life.RUN:
                yield f"{manifest.ref} is gone"
            continue
        state = readiness_of(live, cluster, rules, manifest.body)
        if state.has_failed or (state.reached < Goal.READY and state.patience_s is None):
            yield f"{manifest.ref}: {state.message or 'not ready'}"
