"""A small app that is written anew and applied, on a cluster in memory."""

from collections.abc import Callable, Iterable
from pathlib import Path

from compiler.executor.releases import Releases
from compiler.executor.removal import Pruning
from compiler.executor.running import Patience
from compiler.formats.options import CompileOptions
from compiler.model.json import JsonObject
from compiler.model.manifest import ObjectRef, mapping_at, text_at
from compiler.model.outcome import Outcome
from compiler.model.owner import Owner
from compiler.model.release import Release
from compiler.verbs.apply import ApplyOptions, carry_out, plan_apply
from compiler.verbs.compile import compile_selected
from compiler.verbs.destination import Target
from compiler.verbs.proposal import Proposal
from tests.executor.fake_cluster import FakeCluster
from tests.factories import TARGET, load

OWNER = Owner("demo", "test")
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{mode: fast}}\n"
PARENT = ObjectRef("", "Secret", "test", "kuplet.demo.test")
PATIENCE = Patience(first_look_s=0.001)

AppWith = Callable[..., Path]


def config(name: str, **annotations: str) -> str:
    text = CONFIG.format(name=name)
    if not annotations:
        return text
    notes = ", ".join(f'{key.replace("__", "/").replace("_", ".")}: "{value}"'
                      for key, value in annotations.items())  # fmt: skip
    return text.replace("metadata: {", "metadata: {annotations: {" + notes + "}, ")


def target(cluster: FakeCluster) -> Target:
    return Target(cluster=cluster, words="a cluster", identity=TARGET)


def planned(
    root: Path, cluster: FakeCluster, components: Iterable[str] = (), **pruning: bool
) -> Proposal:
    compiled = compile_selected(load(root), "test", tuple(components), CompileOptions())
    return plan_apply(compiled, target(cluster), ApplyOptions(pruning=Pruning(**pruning)))


def applied(
    root: Path, cluster: FakeCluster, components: Iterable[str] = (), **pruning: bool
) -> list[Outcome]:
    proposal = planned(root, cluster, components, **pruning)
    return list(carry_out(load(root), proposal, target(cluster), CompileOptions(), PATIENCE))


def there(cluster: FakeCluster, kind: str = "ConfigMap") -> set[str]:
    found = cluster.list_objects("v1", kind)
    return {text_at(item, "metadata", "name") for item in found}


def parent(cluster: FakeCluster) -> JsonObject:
    (found,) = cluster.list_objects("v1", "Secret", labelSelector="applyset.kubernetes.io/id")
    return mapping_at(found, "metadata")


def newest(cluster: FakeCluster) -> Release:
    found = Releases(cluster, "test", OWNER).newest().newest
    assert found
    return found


def reasons(proposal: Proposal) -> dict[str, str]:
    return {step.ref.name: step.why for step in proposal.plan.steps if step.why}
