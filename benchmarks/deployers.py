"""How each tool creates, applies again and compares the same objects, in a namespace of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from contest import Bench
from measure import Command
from peers import KUPLET, PYTHON
from work import write, yaml_text

CREATE, AGAIN, DIFF = "create", "apply again, unchanged", "diff, unchanged"
Arguments = tuple[str | Path, ...]
Steps = Mapping[str, Arguments]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """A way to a server."""

    kubeconfig: Path
    context: str

    @property
    def variables(self) -> dict[str, str]:
        """What tools are told with."""
        return {"KUBECONFIG": str(self.kubeconfig)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployer:
    """One tool, as it is called.

    Attributes:
        steps: Given the files of a namespace, the arguments of each step.
        waits: Whether it says that it is done only when the objects are ready.
        makes_namespace: Whether the namespace is not there before.
    """

    name: str
    program: str
    steps: Callable[["Files"], Steps]
    waits: bool
    makes_namespace: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Files:
    """Objects in one namespace, written for each tool."""

    root: Path
    namespace: str
    cluster: Cluster

    @property
    def manifests(self) -> Path:
        """The objects as YAML."""
        return self.root / "objects.yaml"

    @property
    def with_namespace(self) -> Path:
        """The same, and their namespace before them."""
        return self.root / "all.yaml"

    @property
    def chart(self) -> Path:
        """The objects as a chart."""
        return self.root / "chart"


def files_for(
    root: Path, namespace: str, cluster: Cluster, bodies: Sequence[dict[str, Any]]
) -> Files:
    """Write them."""
    placed = [{**body, "metadata": {**body["metadata"], "namespace": namespace}} for body in bodies]
    text = yaml.dump_all(placed, Dumper=yaml.CSafeDumper, sort_keys=False)
    kind = "apiVersion: kuplet.dev/v1\nkind: {}\n"
    environment = {
        "kubernetes": "1.36",
        "destination": {"context": cluster.context, "namespace": namespace},
        "components": {"all": {"source": "components/all.yaml"}},
    }
    write(
        root,
        {
            "objects.yaml": text,
            "all.yaml": f"{yaml_text(_namespace(namespace))}---\n{text}",
            "app/app.yaml": kind.format("App") + "name: bench\n",
            "app/components/all.yaml": text,
            "app/environments/staging.yaml": kind.format("Environment") + yaml_text(environment),
            "chart/Chart.yaml": "apiVersion: v2\nname: bench\nversion: 0.1.0\n",
            "chart/templates/all.yaml": text,
        },
    )
    return Files(root=root, namespace=namespace, cluster=cluster)


def _namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _kuplet(*waiting: str) -> Callable[[Files], Steps]:
    def steps(files: Files) -> Steps:
        app = files.root / "app"
        apply: Arguments = ("--dir", app, "apply", "staging", "--yes", *waiting)
        diff: Arguments = ("--dir", app, "diff", "staging")
        return {CREATE: apply, AGAIN: apply, DIFF: diff}

    return steps


def _kubectl(files: Files) -> Steps:
    apply = ("apply", "--server-side", "-f", files.manifests)
    return {CREATE: apply, AGAIN: apply, DIFF: ("diff", "--server-side", "-f", files.manifests)}


def _kapp(*waiting: str) -> Callable[[Files], Steps]:
    def steps(files: Files) -> Steps:
        app = ("deploy", "-a", "bench", "-n", files.namespace, "-f", files.manifests, "--yes")
        return {CREATE: (*app, *waiting), AGAIN: (*app, *waiting), DIFF: (*app, "--diff-run")}

    return steps


def _helm(*waiting: str) -> Callable[[Files], Steps]:
    def steps(files: Files) -> Steps:
        apply: Arguments = (
            "upgrade",
            "--install",
            "bench",
            files.chart,
            "-n",
            files.namespace,
            *waiting,
        )
        return {CREATE: apply, AGAIN: apply}

    return steps


def _bare(files: Files) -> Steps:
    script = Path(__file__).with_name("bare_patches.py")
    return {CREATE: (script, files.cluster.kubeconfig, files.manifests)}


def _kubectl_with_namespace(files: Files) -> Steps:
    return {CREATE: ("apply", "--server-side", "-f", files.with_namespace)}


def _kapp_with_namespace(files: Files) -> Steps:
    app = ("-a", files.namespace, "-n", "default")  # where kapp keeps what it knows of it
    return {CREATE: ("deploy", *app, "-f", files.with_namespace, "--yes")}


KUPLET_WAITS = Deployer(name="kuplet", program="kuplet", steps=_kuplet(), waits=True)
KUPLET_LEAVES = Deployer(
    name="kuplet --no-wait", program="kuplet", steps=_kuplet("--no-wait"), waits=False
)
BARE = Deployer(name="bare concurrent PATCHes", program="python", steps=_bare, waits=False)
KUBECTL = Deployer(name="kubectl", program="kubectl", steps=_kubectl, waits=False)
KAPP = Deployer(name="kapp", program="kapp", steps=_kapp(), waits=True)
KAPP_LEAVES = Deployer(
    name="kapp --wait=false", program="kapp", steps=_kapp("--wait=false"), waits=False
)
HELM = Deployer(name="helm", program="helm", steps=_helm(), waits=False)
HELM_WAITS = Deployer(name="helm --wait", program="helm", steps=_helm("--wait"), waits=True)


def _with_namespace(name: str, steps: Callable[[Files], Steps], *, waits: bool) -> Deployer:
    return Deployer(
        name=name,
        program=name,
        steps=lambda files: {CREATE: steps(files)[CREATE]},
        waits=waits,
        makes_namespace=True,
    )


KUPLET_NEW = _with_namespace("kuplet", _kuplet(), waits=True)
KUBECTL_NEW = _with_namespace("kubectl", _kubectl_with_namespace, waits=False)
KAPP_NEW = _with_namespace("kapp", _kapp_with_namespace, waits=True)
HELM_NEW = _with_namespace("helm", _helm("--create-namespace"), waits=False)


def command(bench: Bench, deployer: Deployer, files: Files, step: str) -> Command | None:
    """Return the command of a step; ``None`` where the tool is missing or has no such step."""
    own = {"kuplet": KUPLET, "python": PYTHON}
    program = own.get(deployer.program) or bench.peers.find(deployer.program)
    arguments = deployer.steps(files).get(step)
    if program is None or arguments is None:
        return None
    return Command(
        name=f"{deployer.name}: {step}",
        arguments=[program, *arguments],
        output=bench.directory / f"{deployer.program}.out",
        variables={**bench.variables, **files.cluster.variables},
    )
