"""What k.libsonnet costs a program: nothing but what it uses.

python benchmarks/klib.py [--rounds 10]
"""

import argparse
from functools import partial

from measure import print_machine, print_table, timed

from compiler.formats.klib.generate import generated_files
from compiler.formats.klib.library import library_files
from compiler.jsonnet.evaluate import Engine, evaluate
from compiler.model.jsonnet import JsonnetProgram

PROGRAMS = {
    "empty program": "{}",
    "list.new": "local k = import 'k.libsonnet'; k.core.v1.list.new([])",
    "a Deployment": """
        local deployment = (import 'k.libsonnet').apps.v1beta1.deployment;
        local container = deployment.mixin.spec.template.spec.containersType;
        local web =
          container.new('web', 'nginx').withPorts(container.portsType.newNamed(80, 'http'))
          + container.mixin.resources.withLimitsMixin({ cpu: 1 });
        deployment.new('web', 2, web, { app: 'web' })
        + deployment.mixin.metadata.withNamespace('ns').withLabelsMixin({ app: 'web' })
        + deployment.mixin.spec.template.spec.withVolumesMixin([{ name: 'data' }])
        + deployment.mapContainers(function(c) c.withVolumeMountsMixin({ name: 'data' }))
    """,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    print_machine()
    for engine in Engine:
        print(f"\n{engine.value}")
        actions = {
            name: partial(run, source, engine, with_library=name != "empty program")
            for name, source in PROGRAMS.items()
        }
        print_table(timed(actions, options.rounds), base="empty program")
    print("\nmaking the library")
    making = {"reading the files": library_files.__wrapped__, "generating them": generated_files}
    print_table(timed(making, options.rounds), base="reading the files")


def run(source: str, engine: Engine, *, with_library: bool) -> None:
    """Evaluate a program."""
    files = {"main": source, **(library_files() if with_library else {})}
    evaluate(JsonnetProgram(entry="main", files=files), engine=engine)


if __name__ == "__main__":
    main()
