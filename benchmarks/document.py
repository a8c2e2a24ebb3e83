"""Writes what the benchmark has found into docs/performance.md: tables between marks, and plots.

A table stands between `<!-- bench NAME -->` and `<!-- end -->`. Plots are SVG and PNG, in
docs/performance/. So are the results that they are made from, and those of before, if they are
given.

    python benchmarks/document.py [--results FILE] [--before FILE] [--estate FILE]
"""

import argparse
import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from plots import plot_cluster, plot_sizes

CHECKOUT = Path(__file__).parent.parent
PAGE = CHECKOUT / "docs/performance.md"
FOLDER = CHECKOUT / "docs/performance"
_BUILD = CHECKOUT / "build/bench"
_MARKED = re.compile(r"(<!-- bench ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_GROWN = "cost against size"
_UNITS = {"wall": "s", "cpu": "s CPU", "memory": "MB"}
_MANY, _FEW = 10, 100

Results = Mapping[str, Any]


def main() -> None:
    """Write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=_BUILD / "results.json")
    parser.add_argument("--before", type=Path, default=FOLDER / "before.json")
    parser.add_argument("--estate", type=Path, default=_BUILD / "estate.json")
    options = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    now = _kept(options.results, "results.json")
    before = _kept(options.before, "before.json")
    estate = _kept(options.estate, "estate.json")
    tables = {name: "\n".join(_rows(group, before.get(name, {}))) for name, group in now.items()}
    tables |= {f"{name}-requests": "\n".join(_requests(group)) for name, group in now.items()}
    tables |= {f"estate-{_slug(name)}": "\n".join(_costs(item)) for name, item in _items(estate)}
    tables["machine"] = "\n".join(_machines(now))

    def filled(match: re.Match[str]) -> str:
        return f"{match[1]}\n{tables.get(match[2], 'not measured')}\n\n{match[3]}"

    PAGE.write_text(_MARKED.sub(filled, PAGE.read_text("utf-8")), encoding="utf-8")
    plot_sizes(FOLDER, now.get("growth", {}), before.get("growth", {}))
    plot_cluster(FOLDER, now.get("config-maps", {}))


def _kept(file: Path, name: str) -> Results:
    """Read a file, and keep it beside the page that is made from it."""
    kept = FOLDER / name
    if file.exists() and file.resolve() != kept.resolve():
        shutil.copyfile(file, kept)
    found: Results = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    return found


def _rows(group: Results, before: Results) -> Iterator[str]:
    """Yield the table of a group."""
    earlier = {(row["work"], row["against"]): row for row in before.get("rows", ())}
    yield "| work | against | kuplet | peer | reached | before | target | met |"
    yield "|---|---|---|---|---|---|---|---|"
    for row in group["rows"]:
        if row["work"] == _GROWN:
            continue
        met = {True: "yes", False: "**no**", None: "–"}[row["met"]]
        cells = (
            row["work"],
            row["against"],
            _cost(row, "ours"),
            _cost(row, "peer"),
            _reached(row),
            _reached(earlier.get((row["work"], row["against"]), {})),
            row["target"],
            met,
        )
        yield f"| {' | '.join(cells)} |"


def _cost(row: Results, who: str) -> str:
    """Return the medians of what is judged."""
    found = []
    for cost in row["judged"]:
        runs = row[who][cost]
        if any(runs):
            found.append(f"{_number(median(runs))} {_UNITS[cost]}")
    return ", ".join(found) or "–"


def _reached(row: Results) -> str:
    """Return what is held against the target, as the target is written."""
    found = [row["reached"][cost] for cost in row.get("judged", ())]
    if not found or None in found:
        return "–"
    if "ms" in row["target"]:
        return ", ".join(f"+{value * 1000:.0f} ms" for value in found)
    if "MB" in row["target"]:
        return ", ".join(f"{value:.0f} MB" for value in found)
    return ", ".join(f"{_number(value)} ×" for value in found)


def _number(value: float) -> str:
    """Return a number with about three digits."""
    if value >= _FEW:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= _MANY else f"{value:.3f}" if value < 1 else f"{value:.2f}"


def _requests(group: Results) -> Iterator[str]:
    """Yield a table of requests, by what was done and who did it."""
    found: dict[tuple[str, str], Mapping[str, int]] = {}
    for row in group["rows"]:
        for who, counts in row["requests"].items():
            found[row["work"], "kuplet" if who == "ours" else row["against"]] = counts
    yield "| work | tool | requests |"
    yield "|---|---|---|"
    for (work, tool), counts in found.items():
        shown = ", ".join(
            f"{number:,} {verb}" for verb, number in sorted(counts.items(), key=_by_number)
        )
        yield f"| {work} | {tool} | {shown} |"


def _by_number(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _items(estate: Results) -> Sequence[tuple[str, Results]]:
    return list(estate.get("costs", {}).items())


def _costs(item: Results) -> Iterator[str]:
    """Yield what commands cost, a column a size."""
    sizes = sorted({size for costs in item.values() for size in costs}, key=_size)
    yield f"| command | {' | '.join(sizes)} |"
    yield f"|---|{'---|' * len(sizes)}"
    for command, costs in item.items():
        cells = (f"{_number(costs[size]['cpu'])} s CPU" if size in costs else "–" for size in sizes)
        yield f"| `{command}` | {' | '.join(cells)} |"


def _size(text: str) -> int:
    return int(text.split(maxsplit=1)[0])


def _machines(now: Results) -> Iterator[str]:
    """Yield where each group was measured: which commit, which peers, how busy the machine was."""
    yield "| group | commit | machine | load | peers |"
    yield "|---|---|---|---|---|"
    for name, group in now.items():
        where = group["machine"]
        peers = ", ".join(f"{peer} {number}" for peer, number in group["peers"].items())
        machine = f"{where['cores']} cores, {where['system']}, {where['python']}"
        yield f"| {name} | {group['commit']} | {machine} | {where['load']} | {peers} |"


def _slug(name: str) -> str:
    return name.replace(" ", "-")


if __name__ == "__main__":
    main()
