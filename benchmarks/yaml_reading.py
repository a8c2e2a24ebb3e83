"""How long it takes to read an environment file of 12,000 lines: kuplet's reader and three others.

kuplet and ruamel.yaml keep the position of every value; PyYAML's loaders do not.

    python benchmarks/yaml_reading.py [--lines 12000] [--rounds 3]
"""

import argparse
import io
from collections.abc import Callable

import yaml
from measure import print_machine, print_table, timed
from ruamel.yaml import YAML

from compiler.text.yaml_source import read_yaml

COMPONENT = """\
  train-{number}:
    prototype: kuplet/tf-job
    needs: [{{component: storage, until: ready}}]
    params:
      image: registry.example.com/team/mnist:1.{number}  # built nightly
      num_workers: {number}
      num_gpus: 1
      learning_rate: 0.001
      args: [--epochs, "20", --batch-size, "128"]
      env: {{LOG_LEVEL: info, DATA: "s3://data/mnist"}}
      restart_policy: OnFailure
      suspend: false
"""


def environment_text(lines: int) -> str:
    """Return an environment file of about ``lines`` lines."""
    count = lines // COMPONENT.count("\n")
    head = "apiVersion: kuplet.dev/v1\nkind: Environment\ncomponents:\n"
    return head + "".join(COMPONENT.format(number=number) for number in range(count))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=12_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    text = environment_text(options.lines)
    actions: dict[str, Callable[[], object]] = {
        "kuplet (read_yaml, with positions)": lambda: read_yaml(text, "environment.yaml"),
        "PyYAML, C parser (CSafeLoader)": lambda: yaml.load(text, Loader=yaml.CSafeLoader),
        "PyYAML (safe_load)": lambda: yaml.safe_load(text),
        "ruamel.yaml (round trip)": lambda: YAML(typ="rt").load(io.StringIO(text)),
    }
    print_machine()
    print(f"{text.count(chr(10)):,} lines, {len(text):,} characters")
    base = next(iter(actions))
    print_table(timed(actions, options.rounds), base)


if __name__ == "__main__":
    main()
