"""Group "compile": 1,000 components of five objects each, and 100 in five environments."""

import gc
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from contest import Bench, Contender, alone, contest
from measure import Cost, by_turns
from renderers import Renderers
from rows import Judged, Relation, Row, Target
from work import Component, components, environment_text, write

_FASTER = Target(relation=Relation.FASTER, bound=1)


def rows(bench: Bench) -> Iterator[Row]:
    """Measure."""
    of = components(bench.sized(1000), bench.seed)
    tools = Renderers(bench, of, "thousand")
    compiling, size = ("compile", "staging", "-o", "json"), len(of) * 5
    cold = tools.kuplet("kuplet compile", *compiling, cold=True)
    only = ("--no-validate", "--sort", "ksonnet")  # by kind, as tk does it
    rendered = tools.kuplet("kuplet compile --no-validate", *compiling, *only, cold=True)
    again = tools.kuplet("kuplet compile, unchanged", *compiling, cold=False)
    peers = [
        tools.tk_show(_FASTER),
        tools.qbec_show(_FASTER),
        tools.tk_export(_FASTER),
        tools.kapitan(_FASTER),
        tools.kustomize(_FASTER),
    ]
    yield from contest(f"{size:,} objects, rendered only", rendered, peers, bench.rounds, size)
    peers = [
        tools.tk_show(Target(relation=Relation.SLOWER, bound=1.2)),
        tools.tk_show_and_kubeconform(_FASTER),
    ]
    yield from contest(f"{size:,} objects, linked and validated", cold, peers, bench.rounds, size)
    peers = [tools.helm_template(Target(relation=Relation.FASTER, bound=10))]
    yield from contest(f"{size:,} objects, nothing changed", again, peers, bench.rounds, size)
    yield from _one_parameter(bench)
    yield _validation(bench, tools.app, size)
    target = Target(relation=Relation.BELOW, bound=170, judged=Judged.MEMORY)
    if cold.command:
        yield alone(f"{size:,} objects, peak memory", cold.command, target, bench.rounds)


def many_environments(root: Path, of: list[Component], environments: int) -> None:
    """Write an app whose environments extend a base that has all components."""
    text = environment_text(of, abstract=True)
    files = {"environments/base.yaml": text}
    for number in range(environments):
        files[f"environments/env-{number}.yaml"] = environment(number, of[0], replicas=1)
    write(root, files)


def environment(number: int, component: Component, *, replicas: int) -> str:
    """Return an environment that extends the base, and sets one parameter."""
    return (
        "apiVersion: kuplet.dev/v1\nkind: Environment\nextends: base\n"
        f"destination: {{namespace: env-{number}}}\n"
        f"components: {{{component.name}: {{params: {{replicas: {replicas}}}}}}}\n"
    )


def _one_parameter(bench: Bench) -> Iterator[Row]:
    """Compile and validate all environments after one parameter of one has changed."""
    of = components(bench.sized(100), bench.seed)
    tools = Renderers(bench, of, "environments")
    many_environments(tools.app, of, 5)
    (tools.app / "environments/staging.yaml").unlink()
    file, count = tools.app / "environments/env-3.yaml", 1

    def change() -> None:
        nonlocal count
        count += 1
        file.write_text(environment(3, of[7 % len(of)], replicas=count), encoding="utf-8")

    changed = tools.kuplet("kuplet validate", "validate", cold=False, writer=change)
    whole = tools.kuplet("own cold", "validate", cold=True, writer=change)
    target = Target(relation=Relation.FASTER, bound=15)
    whole = Contender(name=whole.name, command=whole.command, target=target)
    # The change is a new one each time; of the rest, a run before has left what it knows.
    work = f"one parameter of one environment changed, {len(of)} × 5"
    yield from contest(work, changed, [whole], bench.rounds)


def _validation(bench: Bench, app: Path, size: int) -> Row:
    """Return what the stage costs, in this process, beside the bare library; schemas are read."""
    from jsonschema_rs import validator_for

    from compiler.formats.kuplet.load import load_app
    from compiler.stages.validate.kubernetes_schemas import schemas_for
    from compiler.stages.validate.objects import validate_objects
    from compiler.verbs.compile import compile_environment

    compiled = compile_environment(load_app(app), "staging")
    schemas = schemas_for(compiled.environment.kubernetes)
    bodies = [(one.api_version, one.ref.kind, one.body) for one in compiled.manifests]
    validators = {
        key: validator_for(
            {"$ref": f"#/$defs/{schemas.definitions[key]}", "$defs": schemas.document["$defs"]}
        )
        for key in {(version, kind) for version, kind, _ in bodies}
    }

    def bare() -> None:
        for version, kind, body in bodies:
            if not validators[version, kind].is_valid(body):
                raise AssertionError(body)

    def stage() -> None:
        if list(validate_objects(compiled.environment, list(compiled.manifests))):
            raise AssertionError

    costs = by_turns({"ours": _cpu_of(stage), "bare": _cpu_of(bare)}, bench.rounds)
    return Row(
        work=f"validate {size:,} objects: the stage, in one process",
        against="jsonschema-rs alone",
        target=Target(relation=Relation.SLOWER, bound=3, judged=Judged.CPU),
        ours=costs["ours"],
        peer=costs["bare"],
        note="names, labels, quantities and references are checked too",
        size=size,
    )


def _cpu_of(action: Callable[[], object]) -> Callable[[], Cost]:
    def measure() -> Cost:
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        action()
        return Cost(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu, memory=0)

    action()
    return measure
