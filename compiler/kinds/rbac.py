"""Roles and bindings."""

from collections.abc import Iterator

from compiler.kinds.immutable import below
from compiler.kinds.kind import Kind, Naming, Reference
from compiler.model.manifest import Manifest, ObjectRef, mapping_at, objects_at, text_at

GROUP = "rbac.authorization.k8s.io"


def _binding(manifest: Manifest) -> Iterator[Reference]:
    namespace = manifest.ref.namespace
    role = mapping_at(manifest.body, "roleRef")
    kind, name = text_at(role, "kind"), text_at(role, "name")
    if kind and name:
        place = namespace if kind == "Role" else ""
        yield Reference(ObjectRef(GROUP, kind, place, name), "roleRef")
    for index, subject in enumerate(objects_at(manifest.body, "subjects")):
        if text_at(subject, "kind") == "ServiceAccount":
            place = text_at(subject, "namespace") or namespace
            ref = ObjectRef("", "ServiceAccount", place, text_at(subject, "name"))
            yield Reference(ref, f"subjects[{index}]")


ROLES = (
    Kind(
        group=GROUP,
        kind="ClusterRole",
        is_cluster_scoped=True,
        naming=Naming.PATH,
        is_expected=True,
        given=frozenset({"admin", "cluster-admin", "edit", "view"}),
        order=13,
    ),
    Kind(group=GROUP, kind="Role", naming=Naming.PATH, is_expected=True, order=15),
)
BINDINGS = (
    Kind(
        group=GROUP,
        kind="ClusterRoleBinding",
        is_cluster_scoped=True,
        naming=Naming.PATH,
        references=_binding,
        immutable=below("roleRef"),
        order=14,
    ),
    Kind(
        group=GROUP,
        kind="RoleBinding",
        naming=Naming.PATH,
        references=_binding,
        immutable=below("roleRef"),
        order=16,
    ),
)
ROWS = (*ROLES, *BINDINGS)
