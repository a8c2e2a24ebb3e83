"""Groups "config-maps" and "deployments": what a cluster is asked, on a sandbox of their own."""

import json
import os
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from contest import Bench
from counting import CONTEXT, counted
from deployers import (
    AGAIN,
    BARE,
    CREATE,
    DIFF,
    HELM,
    HELM_NEW,
    HELM_WAITS,
    KAPP,
    KAPP_LEAVES,
    KAPP_NEW,
    KUBECTL,
    KUBECTL_NEW,
    KUPLET_LEAVES,
    KUPLET_NEW,
    KUPLET_WAITS,
    Cluster,
    Deployer,
    Files,
    command,
    files_for,
)
from measure import Cost, FailedError
from peers import BIN
from rows import Judged, Relation, Row, Target
from work import components, objects_of

from compiler.sandbox import Sandbox

_ALL = (CREATE, AGAIN, DIFF)
Targets = Mapping[str, Mapping[Deployer, float]]  # by step and peer
Costs = Mapping[tuple[str, Deployer], Sequence[Cost]]


def config_maps(bench: Bench) -> Iterator[Row]:
    """Measure objects that are ready as soon as they are there."""
    of = components(bench.sized(1000), bench.seed)
    bodies = [body for one in of for body in objects_of(one) if body["kind"] == "ConfigMap"]
    targets: Targets = {
        CREATE: {BARE: 1.25, KUBECTL: 1.5, KAPP: 2, HELM: 2},
        AGAIN: {KUBECTL: 5, KAPP: 2, HELM: 20},
        DIFF: {KUBECTL: 10, KAPP: 1},
    }
    new: Targets = {CREATE: {BARE: 1.25, KUBECTL_NEW: 1.5, KAPP_NEW: 2, HELM_NEW: 2}}
    with _sandbox(bench) as cluster:
        makers = (KUPLET_NEW, KUBECTL_NEW, KAPP_NEW, HELM_NEW)
        tools = (KUPLET_WAITS, BARE, KUBECTL, KAPP, HELM, *makers)
        costs = _by_turns(bench, cluster, bodies, tools)
        requests = _requests(bench, cluster, bodies, tools)
        work = f"{len(bodies):,} ConfigMaps"
        yield from _rows(work, KUPLET_WAITS, targets, costs, requests)
        yield from _rows(f"{work} and their namespace", KUPLET_NEW, new, costs, requests)


def deployments(bench: Bench) -> Iterator[Row]:
    """Measure objects that become ready later: with tools that wait, and with those that do not."""
    of = components(bench.sized(200), bench.seed)
    kinds = ("Deployment", "Service")
    bodies = [_free(body) for one in of for body in objects_of(one) if body["kind"] in kinds]
    waiting, leaving = (KAPP, HELM_WAITS), (KUBECTL, KAPP_LEAVES, HELM)
    half = len(bodies) // 2
    work = f"{half} Deployments and {half} Services"
    with _sandbox(bench) as cluster:
        tools = (KUPLET_WAITS, KUPLET_LEAVES, *waiting, *leaving)
        costs = _by_turns(bench, cluster, bodies, tools)
        requests = _requests(bench, cluster, bodies, tools)
        faster: dict[Deployer, float] = dict.fromkeys(waiting, 1.0)
        targets: Targets = {CREATE: faster, AGAIN: faster}
        yield from _rows(f"{work}, until ready", KUPLET_WAITS, targets, costs, requests)
        faster = dict.fromkeys(leaving, 1.0)
        targets = {CREATE: faster, AGAIN: faster, DIFF: {KUBECTL: 1.0, KAPP: 1.0}}
        yield from _rows(f"{work}, without waiting", KUPLET_LEAVES, targets, costs, requests)


def _free(body: dict[str, Any]) -> dict[str, Any]:
    """Return an object that needs no other one, and whose pods find room in the sandbox."""
    if body["kind"] != "Deployment":
        return body
    spec = {**body["spec"], "replicas": 1}
    container = {"name": "main", "image": spec["template"]["spec"]["containers"][0]["image"]}
    template = {**spec["template"], "spec": {"containers": [container]}}
    return {**body, "spec": {**spec, "template": template}}


@contextmanager
def _sandbox(bench: Bench) -> Iterator[Cluster]:
    os.environ["KUPLET_SANDBOX_DIR"] = str(bench.directory / "sandbox")
    box = Sandbox()
    if not box.status().is_installed:
        raise SystemExit("the sandbox's programs are missing: kuplet sandbox install")
    try:
        box.start(lambda _: None)
        yield Cluster(kubeconfig=box.kubeconfig, context="kuplet-sandbox")
    finally:
        box.reset()


def _by_turns(
    bench: Bench, cluster: Cluster, bodies: Sequence[dict[str, Any]], tools: Sequence[Deployer]
) -> Costs:
    """Let each tool do all its steps in a namespace that is new, once a round."""
    found: dict[tuple[str, Deployer], list[Cost]] = defaultdict(list)
    for number in range(bench.rounds + 1):  # the first only warms up
        for tool in tools[:: -1 if number % 2 else 1]:
            name = f"bench-{tools.index(tool)}-{number}"
            with _namespace(bench, cluster, name, bodies, tool) as files:
                for step in _ALL:
                    if (wanted := command(bench, tool, files, step)) is None:
                        continue
                    cost = wanted.run()
                    if number:
                        found[step, tool].append(cost)
                    if step == CREATE:
                        _settle(files)
                if not number:
                    _check(tool, files, bodies)
    return found


def _check(tool: Deployer, files: Files, bodies: Sequence[dict[str, Any]]) -> None:
    """Check that a tool has made all objects, as they are to be."""
    kinds = ",".join(sorted({body["kind"] for body in bodies}))
    text = _kubectl(files.cluster.kubeconfig, "-n", files.namespace, "get", kinds, "-o", "json")
    live = {(one["kind"], one["metadata"]["name"]): one for one in json.loads(text)["items"]}
    for body in bodies:
        key = (body["kind"], body["metadata"]["name"])
        if not _is_within(body, live.get(key)):
            raise SystemExit(f"{tool.name} has not made {key} as it is to be")


def _is_within(wanted: Any, live: Any) -> bool:
    """Return whether a live value is what is wanted; the server may have added to it."""
    if isinstance(wanted, dict):
        return isinstance(live, dict) and all(_is_within(wanted[k], live.get(k)) for k in wanted)
    if isinstance(wanted, list):
        return isinstance(live, list) and all(map(_is_within, wanted, live))
    return bool(wanted == live)


def _requests(
    bench: Bench, cluster: Cluster, bodies: Sequence[dict[str, Any]], tools: Sequence[Deployer]
) -> Mapping[tuple[str, Deployer], Mapping[str, int]]:
    """Count what each tool asks; through a proxy, so it is not timed."""
    found = {}
    own = bench.directory / "counting.kubeconfig"
    for number, tool in enumerate(tools):
        if tool is BARE:  # a request an object, by design
            continue
        with counted(cluster.kubeconfig, own) as proxy:
            through = Cluster(kubeconfig=own, context=CONTEXT)
            name = f"counted-{number}"
            with _namespace(bench, cluster, name, bodies, tool, through) as files:
                for step in _ALL:
                    if (wanted := command(bench, tool, files, step)) is None:
                        continue
                    proxy.counts.clear()
                    try:
                        wanted.run()
                    except FailedError as error:  # what was timed is worth keeping
                        print(error)
                        break
                    found[step, tool] = dict(sorted(proxy.counts.items()))
                    if step == CREATE:
                        _settle(files)
    return found


@contextmanager
def _namespace(
    bench: Bench,
    cluster: Cluster,
    name: str,
    bodies: Sequence[dict[str, Any]],
    tool: Deployer,
    through: Cluster | None = None,
) -> Iterator[Files]:
    """Give a tool the files of a namespace, which is there unless the tool makes it."""
    if not tool.makes_namespace:
        _kubectl(cluster.kubeconfig, "create", "namespace", name)
    root = bench.directory / name
    yield files_for(root, name, through or cluster, bodies)
    _kubectl(cluster.kubeconfig, "delete", "namespace", name, "--wait", "--timeout=300s")


def _settle(files: Files) -> None:
    """Wait until Deployments are ready, so that the next step meets none on their way."""
    if "kind: Deployment" in files.manifests.read_text("utf-8"):
        wait = ("wait", "--for=condition=Available", "deployment", "--all", "--timeout=300s")
        _kubectl(files.cluster.kubeconfig, "-n", files.namespace, *wait)


def _kubectl(kubeconfig: Path, *arguments: str) -> str:
    line = [str(BIN / "kubectl"), "--kubeconfig", str(kubeconfig), *arguments]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout


def _rows(
    work: str,
    ours: Deployer,
    targets: Targets,
    costs: Costs,
    requests: Mapping[tuple[str, Deployer], Mapping[str, int]],
) -> Iterator[Row]:
    for step, peers in targets.items():
        for peer, bound in peers.items():
            relation = Relation.SLOWER if peer is BARE else Relation.FASTER
            yield Row(
                work=f"{work}: {step}",
                against=peer.name,
                target=Target(relation=relation, bound=bound, judged=Judged.WALL),
                ours=costs.get((step, ours), ()),
                peer=costs.get((step, peer), ()),
                note="" if (step, peer) in costs else f"{peer.name} is missing",
                requests={
                    name: requests[step, tool]
                    for name, tool in (("ours", ours), ("peer", peer))
                    if (step, tool) in requests
                },
            )
