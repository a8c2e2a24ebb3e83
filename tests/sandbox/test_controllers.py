"""Controllers that come, work and go, with webhooks that never stay behind."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from compiler.errors import ExternalError
from compiler.sandbox import Sandbox
from compiler.sandbox.catalogue import CONTROL_PLANE, JOBSET, KWOK
from compiler.sandbox.installation import cached_path, find_program
from compiler.sandbox.layout import default_cache
from compiler.sandbox.manifests import manifests_file
from tests.sandbox.cluster import Cluster, Manifest, no_progress, wait_until

pytestmark = pytest.mark.cluster

CHAIN = ("jobset", "kueue", "trainer")


@pytest.fixture(scope="module")
def chain(sandbox: Sandbox) -> Iterator[Cluster]:
    """Kueue, Trainer and JobSet, with a queue of two CPUs."""
    sandbox.start(no_progress, add=["kueue", "trainer"])
    cluster = Cluster(sandbox)
    cluster.apply(*queue("two-cpus"))
    yield cluster
    cluster.kubectl("delete", "trainjobs", "--all")
    sandbox.start(no_progress, remove=CHAIN)


@pytest.fixture
def healed(chain: Cluster) -> Cluster:
    """The same, if a test before this one has hurt it."""
    chain.sandbox.start(no_progress, add=CHAIN)
    return chain


def queue(name: str) -> tuple[Manifest, ...]:
    version = "kueue.x-k8s.io/v1beta2"
    flavor = {"name": name, "resources": [{"name": "cpu", "nominalQuota": 2}]}
    group = {"coveredResources": ["cpu"], "flavors": [flavor]}
    return (
        {"apiVersion": version, "kind": "ResourceFlavor", "metadata": {"name": name}},
        {
            "apiVersion": version,
            "kind": "ClusterQueue",
            "metadata": {"name": name},
            "spec": {"namespaceSelector": {}, "resourceGroups": [group]},
        },
        {
            "apiVersion": version,
            "kind": "LocalQueue",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"clusterQueue": name},
        },
    )


def train_job(name: str, queue: str = "") -> Manifest:
    """A TrainJob of two pods with a CPU each."""
    labels = {"kueue.x-k8s.io/queue-name": queue} if queue else {}
    return {
        "apiVersion": "trainer.kubeflow.org/v1alpha1",
        "kind": "TrainJob",
        "metadata": {"name": name, "namespace": "default", "labels": labels},
        "spec": {
            "runtimeRef": {"name": "torch-distributed"},
            "trainer": {"numNodes": 2, "resourcesPerNode": {"requests": {"cpu": 1}}},
        },
    }


def webhooks_of_controllers(cluster: Cluster) -> set[str]:
    kinds = "mutatingwebhookconfigurations,validatingwebhookconfigurations"
    path = r"jsonpath={.items[*].metadata.labels.sandbox\.kuplet\.dev/controller}"
    return set(cluster.kubectl("get", kinds, "-o", path).split())


def pid(cluster: Cluster, name: str) -> int:
    (found,) = (each.pid for each in cluster.sandbox.status().processes if each.name == name)
    assert found is not None
    return found


def kill(cluster: Cluster, name: str) -> None:
    killed = pid(cluster, name)
    os.kill(killed, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(killed)], timeout=10)


def test_a_job_waits_in_the_queue_until_the_one_before_it_is_complete(healed: Cluster) -> None:
    healed.apply(train_job("first", "two-cpus"), train_job("second", "two-cpus"))
    wait_until(lambda: healed.condition("trainjob", "second", "Suspended") == "True")
    wait_until(lambda: healed.condition("trainjob", "first", "Complete") == "True")
    wait_until(lambda: healed.condition("trainjob", "second", "Complete") == "True")
    ended = [str(healed.status("jobset", name)["conditions"]) for name in ("first", "second")]
    assert ended[0].count("Completed") == ended[1].count("Completed") > 0
    pods = healed.kubectl(
        "get", "pods", "-l", "jobset.sigs.k8s.io/jobset-name=second", "-o", "name"
    )
    assert len(pods.split()) == 2


@pytest.fixture
def without_lws(healed: Cluster) -> Iterator[Cluster]:
    """The chain, in a cluster that knows nothing of LeaderWorkerSets, whoever had them before."""
    healed.kubectl("delete", "crd", "-l", "sandbox.kuplet.dev/controller=lws")
    yield healed
    healed.sandbox.start(no_progress, remove=["lws"])


def test_kueue_is_started_again_for_new_kinds_and_only_then(without_lws: Cluster) -> None:
    sandbox, before = without_lws.sandbox, pid(without_lws, "kueue")
    sandbox.start(no_progress, add=["lws"])
    after = pid(without_lws, "kueue")
    assert after != before
    sandbox.start(no_progress, remove=["lws"])
    sandbox.start(no_progress, add=["lws"])
    assert pid(without_lws, "kueue") == after


def test_a_webhook_refuses_what_the_definition_allows(healed: Cluster) -> None:
    job = train_job("refused")
    spec = {"runtimeRef": {"name": "there-is-none"}}
    # Trainer's webhook and Kueue's look it up at the same time: one of them answers first.
    with pytest.raises(AssertionError, match=r'admission webhook "\S*trainjob\S*" denied'):
        healed.apply(job | {"spec": spec})


def test_a_second_start_leaves_controllers_alone(healed: Cluster) -> None:
    before = healed.sandbox.status().processes
    healed.sandbox.start(no_progress, add=CHAIN)
    assert healed.sandbox.status().processes == before


def test_a_stopped_sandbox_starts_again_with_its_jobs_and_webhooks(healed: Cluster) -> None:
    healed.apply(train_job("kept"))
    wait_until(lambda: healed.condition("trainjob", "kept", "Complete") == "True")
    healed.sandbox.stop()
    healed.sandbox.start(no_progress)
    assert healed.sandbox.status().addons == CHAIN
    assert webhooks_of_controllers(healed) == set(CHAIN)
    assert healed.condition("trainjob", "kept", "Complete") == "True"


def test_a_crashed_controller_is_told_and_the_next_start_brings_it_back(healed: Cluster) -> None:
    kill(healed, "kueue")
    assert healed.sandbox.status().crashed == ("kueue",)
    with pytest.raises(AssertionError, match="failed calling webhook"):
        healed.kubectl("run", "stuck", "--image=example.test/x")
    healed.sandbox.start(no_progress)
    assert healed.sandbox.status().crashed == ()
    healed.kubectl("run", "not-stuck", "--image=example.test/x")


def test_a_definition_that_was_deleted_is_brought_back(healed: Cluster) -> None:
    healed.kubectl("delete", "crd", "topologies.kueue.x-k8s.io")
    healed.sandbox.start(no_progress)
    healed.kubectl("get", "topologies")


def test_without_them_no_webhook_stops_the_cluster_and_their_objects_stay(healed: Cluster) -> None:
    healed.apply(train_job("left"))
    kill(healed, "kueue")
    healed.sandbox.start(no_progress, remove=CHAIN)
    assert webhooks_of_controllers(healed) == set()
    healed.kubectl("create", "job", "free", "--image=example.test/x")
    wait_until(lambda: healed.condition("job", "free", "Complete") == "True")
    healed.kubectl("get", "trainjob", "left")


def test_a_controller_that_does_not_come_up_says_why_and_stops_nothing(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its program is a fake, the cluster is not."""
    (tmp_path / "programs").mkdir()
    for program in (*CONTROL_PLANE, KWOK):
        found = find_program(program, default_cache())
        assert found is not None
        cached_path(program, tmp_path).symlink_to(found.path)
    fake = cached_path(JOBSET, tmp_path)
    fake.write_text("#!/bin/sh\necho cannot read my configuration\nexit 1\n")
    fake.chmod(0o755)
    manifests_file(fake).write_text("[]")
    broken = Sandbox(tmp_path / "state", tmp_path)
    try:
        with pytest.raises(ExternalError) as raised:
            broken.start(no_progress, add=["jobset"])
        (finding,) = raised.value.findings
        assert finding.rule == "sandbox-start-failed"
        assert finding.message == '"jobset" ended while it was starting'
        assert finding.notes[0] == "cannot read my configuration"
        assert webhooks_of_controllers(Cluster(broken)) == set()
        broken.start(no_progress, remove=["jobset"])
        assert broken.status().is_running
    finally:
        broken.reset()
