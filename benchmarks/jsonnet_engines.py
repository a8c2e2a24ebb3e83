"""The two Jsonnet engines, evaluating every component of an app as kuplet does.

Without an app beside this folder, a generated program is evaluated. The empty program shows what
the process around each engine costs.

    python benchmarks/jsonnet_engines.py [--app DIRECTORY] [--environment prod] [--rounds 10]
"""

import argparse
from functools import partial
from pathlib import Path

from measure import print_machine, print_table, timed

from compiler.bundled import bundled
from compiler.formats.kuplet.load import APP_FILE, load_app
from compiler.jsonnet.evaluate import Engine, evaluate
from compiler.model.jsonnet import JsonnetOptions, JsonnetProgram
from compiler.registry.library import BUILT_IN
from compiler.stages.render import program_for
from compiler.stages.resolve import resolve

CHECKOUT = Path(__file__).parent.parent
GENERATED = """\
local labels = { ['l%d' % k]: std.md5('%d' % k) for k in std.range(1, 20) };
local replica(i, j) = { name: 'r%d-%d' % [i, j], labels: labels };
local replicas(i) = [replica(i, j) for j in std.range(1, 10)];
local component(i) = { replicas: std.sort(replicas(i), function(r) r.name) };
{ ['c%d' % i]: component(i) for i in std.range(1, 50) }
"""
EMPTY = JsonnetProgram(entry="empty", files={"empty": "{}"})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--app", type=Path, default=CHECKOUT)
    parser.add_argument("--environment", default="prod")
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    if (options.app / APP_FILE).is_file():
        what = f'environment "{options.environment}" of {options.app / APP_FILE}'
        program = app_program(options.app, options.environment)
    else:
        what = "a generated program"
        program = JsonnetProgram(entry="generated", files={"generated": GENERATED})
    if evaluate(program, engine=Engine.GO) != evaluate(program, engine=Engine.CPP):
        raise SystemExit("the engines disagree")
    print_machine()
    print(f"{what}; both engines give the same objects")
    actions = {
        f"{engine.value}{label}": partial(evaluate, each, engine=engine)
        for label, each in (("", program), (", empty program", EMPTY))
        for engine in (Engine.GO, Engine.CPP)
    }
    print_table(timed(actions, options.rounds), base=Engine.GO.value)


def app_program(directory: Path, environment: str) -> JsonnetProgram:
    """Return the program that holds all components of an environment."""
    app = load_app(directory)
    roots = {"": str(app.root), BUILT_IN: str(bundled("prototypes"))}
    return program_for(resolve(app, environment), roots, JsonnetOptions())


if __name__ == "__main__":
    main()
