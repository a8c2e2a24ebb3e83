"""The benchmark: kuplet and its peers by turns, on work that is made from a seed.

It prints a row for each piece of work and peer, and keeps everything in a file of JSON, from which
document.py makes the tables and plots of docs/performance.md. Groups that are not run keep what
they had in that file. Peers are looked for in --peers, beside this Python, and on PATH; those that
are missing are named.

    python benchmarks/bench.py [--group compile] [--peers DIRECTORY] [--results FILE]
"""

import argparse
import compileall
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import bench_cluster
import bench_compile
import bench_growth
import bench_review
import bench_start
from contest import Bench
from measure import machine, print_machine
from peers import Peers
from rows import Row

CHECKOUT = Path(__file__).parent.parent
GROUPS: Mapping[str, Callable[[Bench], Iterator[Row]]] = {
    "start": bench_start.rows,
    "compile": bench_compile.rows,
    "growth": bench_growth.rows,
    "review": bench_review.rows,
    "config-maps": bench_cluster.config_maps,
    "deployments": bench_cluster.deployments,
}
_FIRST_LINE = 100


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--group", action="append", choices=GROUPS, help="repeatable; or all")
    parser.add_argument("--peers", type=Path, help="a directory with programs")
    parser.add_argument("--results", type=Path, default=CHECKOUT / "build/bench/results.json")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=1, help="of the full sizes, for a trial")
    options = parser.parse_args()
    peers = Peers(options.peers)
    _compile_to_bytecode()
    print_machine()
    versions = peers.versions()
    print("peers: " + ", ".join(f"{name} {number}" for name, number in versions.items()))
    if peers.missing:
        print(f"missing: {', '.join(sorted(peers.missing))}")
    for name in options.group or GROUPS:
        with tempfile.TemporaryDirectory(prefix="kuplet-bench-") as directory:
            bench = Bench(
                directory=Path(directory),
                peers=peers,
                rounds=options.rounds,
                seed=options.seed,
                share=options.share,
            )
            found = []
            for row in GROUPS[name](bench):
                print_row(row)
                found.append(row.as_json())
        group = {"machine": machine(), "commit": _commit(), "peers": versions, "rows": found}
        _keep(options.results, name, {**group, "seed": options.seed, "share": options.share})


def print_row(row: Row) -> None:
    """Print one row."""
    verdict = {True: "met", False: "MISSED", None: "–"}[row.is_met]
    print(f"{row.work} · {row.against}: target {row.target.text}, {verdict}")
    for cost, unit in (("wall", "s"), ("cpu", "s"), ("memory", "MB")):
        ours, peer = row.median(cost), row.median(cost, of_peer=True)
        if ours is not None and peer is not None:
            reached, spread = row.reached(cost), row.spread(cost)
            ratio = f"{reached:7.3f} ({spread[0]:.3f}–{spread[1]:.3f})" if spread else ""
            print(f"    {cost:6} {ours:9.3f} {peer:9.3f} {unit:2} {ratio}")
    for who, counts in row.requests.items():
        print(f"    {who} asks {', '.join(f'{number} {verb}' for verb, number in counts.items())}")
    if row.note:
        print(f"    {row.note.splitlines()[0][:_FIRST_LINE]}")
    sys.stdout.flush()


def _compile_to_bytecode() -> None:
    """Let kuplet have its bytecode: pip makes it of what it installs, not of a checkout."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_dir(CHECKOUT / "compiler", quiet=1)


def _commit() -> str:
    command = ["git", "-C", str(CHECKOUT), "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or version("kuplet")


def _keep(file: Path, name: str, group: dict[str, object]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(file.read_text("utf-8")) if file.exists() else {}
    kept[name] = group
    file.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
