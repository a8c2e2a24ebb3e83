"""Two days of an app whose requests meet faults: what is said is true, and a re-run mends it."""

import random
import tempfile
from collections import Counter
from pathlib import Path

from compiler.cluster.connect import connect
from compiler.errors import ExternalError
from compiler.executor.port import ClusterPort
from compiler.executor.running import Patience
from compiler.model.app import Destination
from compiler.model.manifest import text_at
from compiler.model.outcome import Deleted, Failed, Outcome, Written
from compiler.model.plan import TargetIdentity
from compiler.model.release import ReleaseStatus
from compiler.verbs.destination import Target
from tests.soak.fault_proxy import Fault, FaultProxy
from tests.soak.system import COMPONENTS, TRAIN, System

_PATIENCE = Patience(first_look_s=0.05, ready_s=60, completion_s=60)
_ATTEMPTS = 3


def opened(cluster: ClusterPort, namespace: str) -> Target:
    """Return a target of a cluster, and make the namespace."""
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    identity = TargetIdentity(server=cluster.server, ca=cluster.ca, namespace=namespace)
    return Target(cluster=cluster, words="a cluster", identity=identity)


def second_day(kubeconfig: Path, seed: int) -> Counter[Fault]:
    """Live through it, and return which faults were met.

    Args:
        kubeconfig: That of a sandbox.
        seed: Says what the app is, what becomes of it, and which faults there are.
    """
    chance = random.Random(seed)  # noqa: S311  a test
    proxy = FaultProxy(kubeconfig, seed, share=chance.choice([0.05, 0.2, 0.5]))
    namespace = f"faults-{seed}"
    clean = opened(connect(Destination(), kubeconfig), namespace)
    with (
        tempfile.TemporaryDirectory(prefix="kuplet-faults-") as directory,
        proxy.serving(Path(directory) / "kubeconfig") as faulty,
    ):
        system = System(Path(directory) / "app", namespace, clean)
        for day in (_first_day, _later_day):
            day(system, chance)
            for _ in range(_ATTEMPTS):
                if _try(system, faulty):
                    break
        _converges(system)
    return proxy.met


def _first_day(system: System, chance: random.Random) -> None:
    for number in range(8):
        kind = chance.choice(["ConfigMap", "Secret"])
        component = chance.choice(COMPONENTS)
        system.put(component, (kind, f"object-{number}"), {"mode": str(chance.random())})
    system.version = chance.choice(["", "1"])
    system.needs = {"serve": TRAIN}


def _later_day(system: System, chance: random.Random) -> None:
    """Remove some objects, change some, add some, and train anew."""
    for number in range(10):
        what = chance.choice(["drop", "change", "keep"])
        for objects in system.app.values():
            for key in [key for key in objects if key[1] == f"object-{number}"]:
                if what == "drop":
                    del objects[key]
                elif what == "change":
                    objects[key] = {"mode": str(chance.random())}
    system.put("web", ("ConfigMap", "new"), {"mode": "new"})
    system.version = chance.choice(["", "1", "2"])


def _try(system: System, kubeconfig: Path) -> bool:
    """Apply once through the faults and return whether kuplet says that all is done."""
    before = {text_at(live, "metadata", "uid") for live in system.runs().values()}
    happened: list[Outcome] = []
    try:
        cluster = connect(Destination(), kubeconfig)
        identity = TargetIdentity(server=cluster.server, ca="", namespace=system.namespace)
        faulty = Target(cluster=cluster, words="a faulty cluster", identity=identity)
        proposal = system.planned(target=faulty)
        happened.extend(system.carried_out(proposal, _PATIENCE, faulty))
    except ExternalError as error:
        assert error.findings
        is_done = False
    else:
        is_done = not any(isinstance(item, Failed) for item in happened)
    system.check_foreign()
    _is_true(system, happened)
    started = [
        name
        for name, live in system.runs().items()
        if text_at(live, "metadata", "uid") not in before
    ]
    assert len(started) <= 1, started
    if is_done:
        system.check_live(system.wanted)
        newest = system.releases()[0]
        assert newest.status is ReleaseStatus.SUCCEEDED
        system.check_run(newest)
    return is_done


def _is_true(system: System, happened: list[Outcome]) -> None:
    """Check that what was reported as written or removed is just that."""
    live = system.live()
    for outcome in happened:
        key = (outcome.ref.kind, outcome.ref.name)
        if key not in system.wanted and not isinstance(outcome, Deleted):
            continue
        if isinstance(outcome, Written):
            system.check_like(key, live[key], system.wanted[key])
        elif isinstance(outcome, Deleted):
            assert key not in live


def _converges(system: System) -> None:
    """Check that an apply without faults brings all to what the app says, and the next nothing."""
    failed = [
        item for item in system.carried_out(system.planned(), _PATIENCE) if isinstance(item, Failed)
    ]
    assert not failed, failed
    system.check_live(system.wanted)
    releases = system.releases()
    system.check_run(releases[0])
    system.check_foreign()
    numbers = [item.revision for item in releases]
    assert numbers == sorted(set(numbers), reverse=True)
    assert not system.planned().plan.has_changes
