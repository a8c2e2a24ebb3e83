"""Entry point: ``kuplet`` and ``python -m compiler``."""

import sys

from compiler.cache.answers import give_again


def main() -> None:
    """Give an answer again that still holds, or import what finds one."""
    give_again(sys.argv[1:])
    from compiler.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
