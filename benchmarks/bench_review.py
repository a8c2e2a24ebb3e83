"""Group "review": a change of an app of 100 components, against validating both sides whole."""

import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench_compile import many_environments
from contest import Bench, Contender, contest
from measure import Command
from peers import KUPLET
from rows import Relation, Row, Target
from work import Component, components, kuplet_app

# What each change is: its branch, what it is called, how much faster its review is to be.
_CHANGES = (
    ("one", "one parameter of one environment", 20.0),
    ("all", "one parameter of the shared base", 5.0),
)


def rows(bench: Bench) -> Iterator[Row]:
    """Measure with nothing cached, and where the base was validated before."""
    of = components(bench.sized(100), bench.seed)
    head, base = bench.directory / "head", bench.directory / "base"
    _write_history(head, base, of)
    for branch, words, times in _CHANGES:
        _git(head, "checkout", "--quiet", branch)
        target = Target(relation=Relation.FASTER, bound=times)
        whole = _whole(bench, head, base, target)
        for is_known in (False, True):
            before = partial(_know, bench, base) if is_known else bench.forget
            state = "the base validated before" if is_known else "nothing cached"
            command = _review(bench, head, branch, before)
            ours = Contender(name="kuplet review", command=command)
            work = f"review of {words}, {len(of)} × 5, {state}"
            yield from contest(work, ours, [whole], bench.rounds)


def _review(bench: Bench, head: Path, branch: str, before: Callable[[], object]) -> Command:
    return Command(
        name="kuplet review",
        arguments=[KUPLET, "review", f"main..{branch}", "-o", "json"],
        output=bench.directory / "review.out",
        directory=head,
        variables=bench.variables,
        before=before,
    )


def _whole(bench: Bench, head: Path, base: Path, target: Target) -> Contender:
    name = "both sides validated whole"
    line = '"$0" --dir "$1" validate && "$0" --dir "$2" validate'
    command = Command(
        name=name,
        arguments=["sh", "-c", line, KUPLET, base, head],
        output=bench.directory / "whole.out",
        variables=bench.variables,
        before=bench.forget,
    )
    return Contender(name=name, command=command, target=target)


def _know(bench: Bench, base: Path) -> None:
    """Let kuplet know what it knows of the base after it was validated."""
    bench.forget()
    command = Command(
        name="kuplet validate",
        arguments=[KUPLET, "--dir", base, "validate"],
        output=bench.directory / "base.out",
        variables=bench.variables,
    )
    command.run()


def _write_history(head: Path, base: Path, of: list[Component]) -> None:
    """Write an app with a source a component, its changes as branches, and its base beside it."""
    kuplet_app(head, of)
    many_environments(head, of, 5)
    (head / "environments/staging.yaml").unlink()
    shared = head / "components/web.jsonnet"
    file = head / "environments/base.yaml"
    text = file.read_text("utf-8")
    for one in of:
        (head / f"components/{one.name}.jsonnet").write_bytes(shared.read_bytes())
        text = text.replace("components/web.jsonnet", f"components/{one.name}.jsonnet", 1)
    file.write_text(text, encoding="utf-8")
    shared.unlink()
    _git(head, "init", "--quiet", "--initial-branch=main")
    _git(head, "add", "--all")
    _git(head, "commit", "--quiet", "--message", "the app")
    changed = of[len(of) // 2]
    for branch, name in (("one", "env-3"), ("all", "base")):
        _git(head, "checkout", "--quiet", "-b", branch, "main")
        path = head / f"environments/{name}.yaml"
        if branch == "all":
            text = path.read_text("utf-8").replace(changed.image, "example.com/other:2")
        else:
            text = path.read_text("utf-8").replace("replicas: 1", "replicas: 2")
        path.write_text(text, encoding="utf-8")
        _git(head, "commit", "--quiet", "--all", "--message", branch)
    _git(head, "worktree", "add", "--quiet", str(base), "main")


def _git(root: Path, *arguments: str) -> None:
    author = ("-c", "user.name=benchmark", "-c", "user.email=benchmark@example.com")
    subprocess.run(["git", *author, *arguments], cwd=root, check=True, capture_output=True)
