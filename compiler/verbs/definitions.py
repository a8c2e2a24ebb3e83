"""Reads the definitions of the kinds that an environment uses from its cluster."""

from compiler.formats.kuplet.definitions import definitions_among
from compiler.formats.options import CompileOptions
from compiler.kinds.definitions import CRD, crd_kind, is_crd
from compiler.model.app import App
from compiler.model.json import JsonObject
from compiler.stages.validate.definitions import kind_of
from compiler.verbs.compile import compile_environment
from compiler.verbs.destination import Target


def definitions_in_cluster(app: App, environment: str, target: Target) -> list[JsonObject]:
    """Return the cluster's definitions of the kinds of an environment's objects.

    Those that the environment brings itself are left out.

    Raises:
        AppError: The environment does not compile.
        ExternalError: The cluster does not show its definitions.
    """
    compiled = compile_environment(app, environment, CompileOptions())
    used = {(item.ref.group, item.ref.kind) for item in compiled.manifests}
    live = target.cluster.list_objects(f"{CRD.group}/v1", CRD.kind)
    found = definitions_among(live, f'the cluster of "{environment}"')
    own = {crd_kind(item) for item in compiled.manifests if is_crd(item)}
    return [item for item in found if kind_of(item) in used - own]
