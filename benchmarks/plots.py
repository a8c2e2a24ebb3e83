"""Plots of what the benchmark has found."""

from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

_GROWN = "cost against size"
_OURS, _BEFORE = "kuplet", "kuplet before"
_COLORS = {
    _OURS: "#d6336c",
    _BEFORE: "#f5a3bf",
    "tk show": "#1c7ed6",
    "qbec show": "#2b8a3e",
    "helm template": "#5f3dc4",
    "kustomize build": "#e8590c",
    "kubectl": "#1c7ed6",
    "kapp": "#2b8a3e",
    "helm": "#5f3dc4",
}
_OTHER = "#868e96"
mpl.rcParams["svg.hashsalt"] = "kuplet"  # the same results, the same bytes
mpl.rcParams["svg.fonttype"] = "none"

Line = Mapping[int, float]


def plot_sizes(folder: Path, now: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Draw cost against size, of kuplet and its peers."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    for number, (cost, label) in enumerate((("cpu", "CPU seconds"), ("memory", "peak MB")), 1):
        axes = figure.add_subplot(1, 2, number)
        for name, line in _lines(now, before, cost).items():
            axes.plot(list(line), list(line.values()), marker="o", label=name, color=_color(name))
        axes.set(xscale="log", yscale="log", xlabel="objects", ylabel=label)
        axes.grid(visible=True, alpha=0.3)
        axes.legend(fontsize="small")
    figure.suptitle("Rendering components of five objects each, nothing cached")
    _save(figure, folder / "sizes")


def plot_cluster(folder: Path, now: Mapping[str, Any]) -> None:
    """Draw how long the same steps take with each tool."""
    steps: dict[str, dict[str, float]] = {}
    for row in now.get("rows", ()):
        if "namespace" in row["work"]:  # the same step once more
            continue
        step = steps.setdefault(row["work"].partition(": ")[2], {})
        if row["ours"]["wall"]:
            step[_OURS] = median(row["ours"]["wall"])
        if row["peer"]["wall"]:
            step[row["against"]] = median(row["peer"]["wall"])
    if not steps:
        return
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    for number, (title, seconds) in enumerate(steps.items(), 1):
        axes = figure.add_subplot(1, len(steps), number)
        names = list(seconds)
        axes.barh(names, list(seconds.values()), color=[_color(name) for name in names])
        axes.invert_yaxis()
        axes.set(title=title, xlabel="seconds")
    figure.suptitle("1,000 ConfigMaps")
    _save(figure, folder / "cluster")


def _lines(now: Mapping[str, Any], before: Mapping[str, Any], cost: str) -> dict[str, Line]:
    """Return what each tool costs at each size."""
    found: dict[str, dict[int, float]] = {}
    for group, ours in ((before, _BEFORE), (now, _OURS)):
        for row in group.get("rows", ()):
            if row["work"] != _GROWN:
                continue
            for name, runs in ((ours, row["ours"][cost]), (row["against"], row["peer"][cost])):
                if runs and (name == ours or group is now):
                    found.setdefault(name, {})[row["size"]] = median(runs)
    return {name: dict(sorted(line.items())) for name, line in found.items()}


def _color(name: str) -> str:
    return _COLORS.get(name, _OTHER)


def _save(figure: Figure, file: Path) -> None:
    figure.savefig(file.with_suffix(".svg"), metadata={"Date": None})
    figure.savefig(file.with_suffix(".png"), dpi=120, metadata={"Software": None})
