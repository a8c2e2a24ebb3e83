"""Group "start": how soon a command has done what is little work."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from contest import Bench, Contender, contest
from measure import Command
from peers import KUPLET, PYTHON
from rows import Judged, Relation, Row, Target
from work import components, kuplet_app

_ROUNDS = 4  # times as many as elsewhere: the runs are short, and so is what differs
_CHECKOUT = Path(__file__).parent.parent
_BARE = "python -c pass"
_MILLISECONDS = {
    "kuplet --help": (0.045, ["--help"]),
    "kuplet version": (0.045, ["version"]),
    "kuplet param list": (0.080, ["param", "list"]),
    "kuplet completion bash": (0.060, ["completion", "bash"]),
}


def rows(bench: Bench) -> Iterator[Row]:
    """Measure."""
    app = bench.directory / "one"
    kuplet_app(app, components(1, bench.seed))
    ours = partial(_kuplet, bench, app)
    rounds = bench.rounds * _ROUNDS
    for name, (seconds, arguments) in _MILLISECONDS.items():
        target = Target(relation=Relation.MORE, bound=seconds, judged=Judged.CPU)
        yield from contest(name, ours(name, arguments), [_bare(bench, target)], rounds)
    target = Target(relation=Relation.MORE, bound=0.060, judged=Judged.CPU)
    name = "a name of an environment, completed"
    words = {
        "_KUPLET_COMPLETE": "bash_complete",
        "COMP_WORDS": "kuplet compile ",
        "COMP_CWORD": "2",
    }
    yield from contest(name, ours(name, [], variables=words), [_bare(bench, target)], rounds)
    for cold, times in ((True, 15), (False, 3)):
        name = f"compile one component, {'nothing cached' if cold else 'nothing changed'}"
        target = Target(relation=Relation.SLOWER, bound=times, judged=Judged.CPU)
        contender = ours(name, ["compile", "staging"], cold=cold)
        yield from contest(name, contender, [_bare(bench, target)], rounds)
    name = "compile the example's staging, nothing cached"
    target = Target(relation=Relation.SLOWER, bound=15, judged=Judged.CPU)
    contender = ours(name, ["--dir", str(_CHECKOUT), "compile", "staging"], cold=True)
    # ks needs a library that it fetches from a place which no longer answers, so it is missing.
    target_of_ks = Target(relation=Relation.FASTER, bound=25)
    seed = Contender(name="ks show of the seed app", command=None, target=target_of_ks)
    yield from contest(name, contender, [_bare(bench, target), seed], rounds)


def _kuplet(
    bench: Bench,
    app: Path,
    name: str,
    arguments: list[str],
    *,
    variables: dict[str, str] | None = None,
    cold: bool = False,
) -> Contender:
    command = Command(
        name=name,
        arguments=[KUPLET, *arguments],
        output=bench.directory / "kuplet.out",
        directory=app,
        variables={**bench.variables, **(variables or {})},
        before=bench.forget if cold else lambda: None,
    )
    return Contender(name=name, command=command)


def _bare(bench: Bench, target: Target) -> Contender:
    command = Command(
        name=_BARE, arguments=[PYTHON, "-c", "pass"], output=bench.directory / "python.out"
    )
    return Contender(name=_BARE, command=command, target=target)
