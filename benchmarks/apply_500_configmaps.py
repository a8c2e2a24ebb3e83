"""kuplet and kubectl applying the same ConfigMaps to the same server, each in its own namespace.

Starts a sandbox of its own in a temporary directory and deletes it at the end. The sandbox's
programs must be installed: kuplet sandbox install.

    python benchmarks/apply_500_configmaps.py [--objects 500] [--rounds 2]
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from measure import print_machine, print_table, seconds_of

from compiler.sandbox import Sandbox

BIN = Path(sys.executable).parent
CONFIG_MAP = """\
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: settings-{number}}}
data: {{number: "{number}", text: "some text that is not very long"}}
"""

Step = tuple[str, Callable[[], object]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kuplet-benchmark-") as directory:
        os.environ["KUPLET_SANDBOX_DIR"] = str(Path(directory) / "sandbox")
        box = Sandbox()
        if not box.status().is_installed:
            raise SystemExit("the sandbox's programs are missing: kuplet sandbox install")
        try:
            box.start(_ignore)
            _measure(Path(directory), box.kubeconfig, options.objects, options.rounds)
        finally:
            box.reset()


def _measure(directory: Path, kubeconfig: Path, objects: int, rounds: int) -> None:
    app = directory / "app"
    _write_app(app, objects, rounds)
    seconds: dict[str, list[float]] = {}
    for number in range(1, rounds + 1):
        kuplet = _kuplet_steps(app, f"kuplet-{number}")
        kubectl = _kubectl_steps(app, f"kubectl-{number}", kubeconfig)
        for pair in zip(kuplet, kubectl, strict=True):
            for name, action in pair[:: -1 if number % 2 == 0 else 1]:
                seconds.setdefault(name, []).append(seconds_of(action))
    print_machine()
    print(f"{objects} ConfigMaps, rounds: {rounds}")
    for what in ("create", "apply unchanged", "diff unchanged"):
        pair_of_times = {
            f"{tool}: {what}": seconds[f"{tool}: {what}"] for tool in ("kuplet", "kubectl")
        }
        print_table(pair_of_times, base=f"kubectl: {what}")


def _write_app(app: Path, objects: int, rounds: int) -> None:
    text = "".join(CONFIG_MAP.format(number=number) for number in range(objects))
    (app / "components").mkdir(parents=True)
    (app / "environments").mkdir()
    (app / "components/settings.yaml").write_text(text)
    (app / "app.yaml").write_text("apiVersion: kuplet.dev/v1\nkind: App\nname: benchmark\n")
    for number in range(1, rounds + 1):
        for name in (f"kuplet-{number}", f"kubectl-{number}"):
            (app / f"environments/{name}.yaml").write_text(
                "apiVersion: kuplet.dev/v1\nkind: Environment\n"
                f"destination: {{namespace: {name}}}\n"
                "components: {settings: {source: components/settings.yaml}}\n"
            )


def _kuplet_steps(app: Path, environment: str) -> Iterator[Step]:
    command = [str(BIN / "kuplet"), "--dir", str(app)]
    for what in ("create", "apply unchanged"):
        yield f"kuplet: {what}", lambda: _run([*command, "apply", environment, "--yes"])
    yield "kuplet: diff unchanged", lambda: _run([*command, "diff", environment])


def _kubectl_steps(app: Path, environment: str, kubeconfig: Path) -> Iterator[Step]:
    """Let kubectl work on the objects that kuplet compiles; the namespace is not its business."""
    command = [str(BIN / "kubectl"), "--kubeconfig", str(kubeconfig)]
    _run([*command, "create", "namespace", environment])
    file = app / f"{environment}.yaml"
    file.write_text(_run([str(BIN / "kuplet"), "--dir", str(app), "compile", environment]))
    for what in ("create", "apply unchanged"):
        yield (
            f"kubectl: {what}",
            lambda: _run([*command, "apply", "--server-side", "-f", str(file)]),
        )
    yield (
        "kubectl: diff unchanged",
        lambda: _run([*command, "diff", "--server-side", "-f", str(file)]),
    )


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} exits with {done.returncode}:\n{done.stderr}")
    return done.stdout


def _ignore(_: str) -> None:
    """Report progress to nobody."""


if __name__ == "__main__":
    main()
