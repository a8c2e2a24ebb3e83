"""Entry point: ``kuplet`` and ``python -m compiler``."""

import atexit
import gc
import sys

from compiler.cache.answers import give_again

# When Python looks for circles among objects. Next to nothing that is imported or made is ever
# garbage, and to look through it again and again takes a tenth of a command's time and more.
_COLLECTOR = (1_000_000, 20, 100)


def main() -> None:
    """Give an answer again that still holds, or import what finds one."""
    give_again(sys.argv[1:])
    gc.set_threshold(*_COLLECTOR)
    atexit.register(gc.freeze)  # where all ends, Python looks through all of it three times more
    from compiler.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
