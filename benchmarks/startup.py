"""How long `kuplet --help` takes, against bare Python and against kubectl.

python benchmarks/startup.py [--rounds 20]
"""

import argparse
import subprocess
import sys
from functools import partial
from pathlib import Path

from measure import by_turns, print_machine, print_table

BIN = Path(sys.executable).parent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds: int = parser.parse_args().rounds
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "kuplet --help": [str(BIN / "kuplet"), "--help"],
        "kubectl version --client": [str(BIN / "kubectl"), "version", "--client"],
    }
    actions = {name: partial(_run, command) for name, command in commands.items()}
    by_turns(actions, 1)  # fills the disk cache
    print_machine()
    print_table(by_turns(actions, rounds), base="python -c pass")


def _run(command: list[str]) -> None:
    subprocess.run(command, capture_output=True, check=True)


if __name__ == "__main__":
    main()
