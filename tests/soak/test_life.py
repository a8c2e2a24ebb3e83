"""Short lives of apps on the cluster in memory; long ones on a real one: ``benchmarks/soak.py``."""

from hypothesis import settings

from compiler.model.json import JsonObject
from compiler.model.manifest import manifest_of, mapping_at
from compiler.model.plan import TargetIdentity
from compiler.verbs.destination import Target
from tests.executor.fake_cluster import FakeCluster
from tests.soak.life import LifeOfAnApp


class Jobs(FakeCluster):
    """Jobs end as soon as they are there, as the annotation of their pods says."""

    def apply(
        self,
        body: JsonObject,
        *,
        dry_run: bool = False,
        force: bool = False,
        manager: str = "kuplet",
    ) -> JsonObject:
        """Apply an object; write the status of a Job."""
        done = super().apply(body, dry_run=dry_run, force=force, manager=manager)
        if body.get("kind") == "Job" and not dry_run:
            fails = mapping_at(body, "spec", "template", "metadata", "annotations")
            condition: JsonObject = {"type": "Failed" if fails else "Complete", "status": "True"}
            self.set_status(manifest_of(body).ref, {"conditions": [condition]})
        return done


class LifeInMemory(LifeOfAnApp):
    """On a cluster of its own."""

    def open_cluster(self, namespace: str) -> Target:
        """Return one in memory."""
        cluster = Jobs()
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        identity = TargetIdentity(server=cluster.server, ca=cluster.ca, namespace=namespace)
        return Target(cluster=cluster, words="a cluster", identity=identity)


TestLife = LifeInMemory.TestCase
TestLife.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None, derandomize=True
)
