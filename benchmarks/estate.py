"""An estate: many apps in one repository, many environments in one app, many objects in a cluster.

Says which commands cost the same however large the estate is, and which do not. Everything is made
from a seed and really run: every app is validated in all of its environments. With --cluster, apps
are applied to a sandbox of their own; its programs must be installed: kuplet sandbox install.

    python benchmarks/estate.py [--apps 200] [--environments 10] [--cluster] [--results FILE]
"""

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench_compile import environment, many_environments
from contest import Bench
from measure import Command, machine, print_machine
from peers import KUPLET, Peers
from work import components, kuplet_app

from compiler.sandbox import Sandbox
from compiler.stages.words import counted

CHECKOUT = Path(__file__).parent.parent
_COMPONENTS = 10  # of five objects
_ROUNDS = 3
_ON_DISK: Mapping[str, Sequence[str]] = {
    "env list": ("env", "list"),
    "param list": ("param", "list"),
    "param list --env": ("param", "list", "--env", "env-3"),
    "compile, one environment": ("compile", "env-3"),
    "validate, all environments": ("validate",),
    "review, one parameter changed": ("review", "-o", "json"),
}
_IN_CLUSTER: Mapping[str, Sequence[str]] = {
    "apply, unchanged": ("apply", "env-0", "--yes", "--no-wait"),
    "diff": ("diff", "env-0"),
    "status": ("status", "env-0"),
    "history": ("history", "env-0"),
}
# Five objects without pods: a sandbox has room for few.
_WITHOUT_PODS = """\
// @param image string  Image
// @param level string  Level
// @param port integer  Port
// @param replicas integer  Pods
// @param settings string  Settings
// @optionalParam name string  Name
local named(kind, suffix) = {
  apiVersion: 'v1', kind: kind, metadata: { name: params.name + suffix },
};
{
  account: named('ServiceAccount', ''),
  service: named('Service', '') { spec: { ports: [{ port: params.port }] } },
} + {
  [name]: named('ConfigMap', '-' + name) { data: { [name]: params[name] } }
  for name in ['image', 'level', 'settings']
}
"""


def main() -> None:
    """Make the estate, run everything, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--apps", type=int, default=200)
    parser.add_argument("--environments", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cluster", action="store_true", help="apply apps to a sandbox, too")
    parser.add_argument("--results", type=Path, default=CHECKOUT / "build/bench/estate.json")
    options = parser.parse_args()
    print_machine()
    with tempfile.TemporaryDirectory(prefix="kuplet-estate-") as directory:
        root = Path(directory)
        bench = Bench(directory=root, peers=Peers(None), rounds=_ROUNDS, seed=options.seed)
        found = {
            "one app of many": _many_apps(bench, options.apps, options.environments),
            "one app with many environments": _many_environments(bench),
        }
        found["every app validated once"] = _every_app(bench, options.apps)
        if options.cluster:
            found["one app of many in a cluster"] = _many_in_a_cluster(bench)
    document = {"machine": machine(), "seed": options.seed, "costs": found}
    options.results.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, indent=1, sort_keys=True)
    options.results.write_text(f"{text}\n", encoding="utf-8")


Costs = dict[str, dict[str, dict[str, float]]]  # by command, by size


def _many_apps(bench: Bench, apps: int, environments: int) -> Costs:
    """Return what one app costs, in a repository with more and more of them."""
    repository = bench.directory / "repository"
    found: Costs = {}
    made = 0
    for size in sorted({1, max(apps // 10, 1), apps}):
        for number in range(made, size):
            _write_app(bench, repository / f"apps/app-{number:03}", number, environments)
        made = size
        _commit(repository)
        _measure(bench, repository / "apps/app-000", _ON_DISK, counted(size, "app"), found)
    return found


def _many_environments(bench: Bench) -> Costs:
    """Return what an app costs that has more and more environments."""
    found: Costs = {}
    for size in (10, 50, 200):
        repository = bench.directory / f"environments-{size}"
        _write_app(bench, repository, 0, size)
        _commit(repository)
        _measure(bench, repository, _ON_DISK, counted(size, "environment"), found)
    return found


def _every_app(bench: Bench, apps: int) -> Costs:
    """Validate each app in all of its environments, once."""
    costs = []
    for number in range(apps):
        app = bench.directory / f"repository/apps/app-{number:03}"
        costs.append(_command(bench, app, ["validate"], f"app-{number:03}").run())
    total = {
        "cpu": sum(cost.cpu for cost in costs),
        "memory": max(cost.memory for cost in costs),
        "wall": sum(cost.wall for cost in costs),
    }
    print(f"{apps} apps validated once: {total['cpu']:.0f} s CPU, {total['wall']:.0f} s")
    return {"validate": {counted(apps, "app"): total}}


def _many_in_a_cluster(bench: Bench) -> Costs:
    """Return what one app costs, in a cluster with more and more of them."""
    found: Costs = {}
    made = 0
    with _sandbox(bench) as kubeconfig:
        variables = {"KUBECONFIG": str(kubeconfig)}
        for size in (1, 10, 40):
            for number in range(made, size):
                app = bench.directory / f"cluster/app-{number:03}"
                _write_app(bench, app, number, 1, context="kuplet-sandbox")
                (app / "components/web.jsonnet").write_text(_WITHOUT_PODS, encoding="utf-8")
                apply = ["apply", "env-0", "--yes", "--no-wait"]
                _command(bench, app, apply, f"app-{number:03}", variables).run()
            made = size
            app = bench.directory / "cluster/app-000"
            _measure(bench, app, _IN_CLUSTER, counted(size, "app"), found, variables)
    return found


def _measure(
    bench: Bench,
    app: Path,
    commands: Mapping[str, Sequence[str]],
    size: str,
    found: Costs,
    variables: Mapping[str, str] | None = None,
) -> None:
    """Add the medians of an app's commands, run with nothing cached."""
    for name, arguments in commands.items():
        command = _command(bench, app, arguments, name, variables)
        if "review" in name:
            _change_one_parameter(app, replicas=1 + int(size.split(maxsplit=1)[0]))
        command.run()
        costs = sorted((command.run() for _ in range(bench.rounds)), key=lambda cost: cost.cpu)
        cost = costs[len(costs) // 2]
        found.setdefault(name, {})[size] = {
            "cpu": round(cost.cpu, 4),
            "memory": round(cost.memory, 1),
            "wall": round(cost.wall, 4),
        }
        print(f"{size:18} {name:32} {cost.cpu:7.3f} s CPU {cost.wall:7.3f} s", flush=True)


def _command(
    bench: Bench,
    app: Path,
    arguments: Sequence[str],
    name: str,
    variables: Mapping[str, str] | None = None,
) -> Command:
    return Command(
        name=name,
        arguments=[KUPLET, *arguments],
        output=bench.directory / "kuplet.out",
        directory=app,
        variables={**bench.variables, **(variables or {})},
        before=bench.forget,
    )


def _write_app(bench: Bench, root: Path, number: int, environments: int, context: str = "") -> None:
    of = components(_COMPONENTS, bench.seed + number)
    kuplet_app(root, of)
    many_environments(root, of, environments)
    (root / "environments/staging.yaml").unlink()
    app = root / "app.yaml"
    app.write_text(app.read_text("utf-8").replace("bench", f"app-{number:03}"), encoding="utf-8")
    for file in sorted((root / "environments").glob("env-*.yaml")):
        text = file.read_text("utf-8").replace("namespace: ", f"namespace: app-{number:03}-")
        if context:
            text = text.replace("{namespace", f"{{context: {context}, namespace")
        file.write_text(text, encoding="utf-8")


def _change_one_parameter(app: Path, replicas: int) -> None:
    """Change a file to what it never was, so that there is something to review."""
    file = app / "environments/env-3.yaml"
    of = components(_COMPONENTS, 1)
    text = environment(3, of[1], replicas=replicas).replace(
        "namespace: ", f"namespace: {app.name}-"
    )
    file.write_text(text, encoding="utf-8")


def _commit(repository: Path) -> None:
    git = ["git", "-c", "user.name=estate", "-c", "user.email=estate@example.com"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "the estate"]):
        subprocess.run([*git, *arguments], cwd=repository, check=True, capture_output=True)


@contextmanager
def _sandbox(bench: Bench) -> Iterator[Path]:
    os.environ["KUPLET_SANDBOX_DIR"] = str(bench.directory / "sandbox")
    box = Sandbox()
    if not box.status().is_installed:
        raise SystemExit("the sandbox's programs are missing: kuplet sandbox install")
    try:
        box.start(lambda _: None)
        yield box.kubeconfig
    finally:
        box.reset()


if __name__ == "__main__":
    main()
