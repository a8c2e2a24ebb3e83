"""Entry point: ``kuplet`` and ``python -m compiler``."""

from compiler.cli.main import main

if __name__ == "__main__":
    main()
