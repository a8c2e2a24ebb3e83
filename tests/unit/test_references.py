"""What validation says of objects that refer to others."""

from compiler.stages.validate.references import check_references
from tests.factories import make_environment, make_manifest

ACCOUNT = make_manifest("ServiceAccount", "web")


def test_an_object_of_another_namespace_is_named_with_it() -> None:
    binding = make_manifest(
        "RoleBinding",
        "web",
        api_version="rbac.authorization.k8s.io/v1",
        roleRef={"kind": "ClusterRole", "name": "view"},
        subjects=[{"kind": "ServiceAccount", "name": "web", "namespace": "other"}],
    )
    (finding,) = check_references(make_environment(), [ACCOUNT, binding])
    assert 'names ServiceAccount/web in namespace "other", which nothing here' in finding.message
    assert "did you mean" not in finding.hint
