"""Group "growth": what more objects cost, as many small components and as one big one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median

from contest import Bench, contest
from measure import Command, Cost, FailedError, by_turns
from peers import KUPLET
from renderers import Renderers
from rows import Judged, Relation, Row, Target
from work import Component, components, kuplet_app, kuplet_app_of_one_component

_SIZES = (20, 200, 2000)  # components of five objects
_NONE = Target(relation=Relation.NONE)
_LINEAR = Target(relation=Relation.SLOWER, bound=1.15, judged=Judged.CPU)
_PATIENCE = 120.0  # seconds; what takes longer has no number


def rows(bench: Bench) -> Iterator[Row]:
    """Measure."""
    for count in _SIZES:
        of = components(bench.sized(count), bench.seed)
        tools = Renderers(bench, of, f"of-{count}")
        ours = tools.kuplet("kuplet compile", "compile", "staging", "-o", "json", cold=True)
        peers = [
            tools.tk_show(_NONE),
            tools.qbec_show(_NONE),
            tools.helm_template(_NONE),
            *([tools.kustomize(_NONE)] if count < max(_SIZES) else []),  # it would take 10 minutes
        ]
        yield from contest("cost against size", ours, peers, bench.rounds, len(of) * 5)
    yield from _growth(bench, "many small components", kuplet_app)
    yield from _growth(bench, "one big component", kuplet_app_of_one_component)


def _growth(
    bench: Bench, shape: str, writer: Callable[[Path, Sequence[Component]], None]
) -> Iterator[Row]:
    """Compare the cost of ten times the objects with ten times the cost, both without the start."""
    commands = {}
    for count in (1, *_SIZES):
        app = bench.directory / f"{writer.__name__}-{count}"
        writer(app, components(bench.sized(count), bench.seed))
        commands[count] = Command(
            name=f"kuplet compile, {shape}",
            arguments=[KUPLET, "compile", "staging", "-o", "json"],
            output=bench.directory / "kuplet.out",
            directory=app,
            variables=bench.variables,
            before=bench.forget,
            timeout=_PATIENCE,
        )
    can, notes = {}, {}
    for count, command in commands.items():
        try:
            command.run()
        except FailedError as error:
            notes[count] = str(error)
            break  # what is larger takes longer
        can[str(count)] = command.run
    costs = by_turns(can, bench.rounds)
    start = median(run.cpu for run in costs["1"])
    for small, large in pairwise(_SIZES):
        ours = [_net(run, start, 1) for run in costs.get(str(large), ())]
        yield Row(
            work=f"{shape}, {small * 5:,} → {large * 5:,} objects",
            against="linear",
            target=_LINEAR,
            ours=ours,
            peer=[_net(run, start, 10) for run in costs.get(str(small), ())],
            note="" if ours else next(iter(notes.values())),
            size=large * 5,
        )


def _net(run: Cost, start: float, times: int) -> Cost:
    """Return the cost without that of starting, so many times."""
    return replace(run, wall=(run.wall - start) * times, cpu=(run.cpu - start) * times)
