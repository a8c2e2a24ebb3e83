"""Entry point: ``kuplet`` and ``python -m compiler``."""

import gc

gc.disable()  # to look for garbage among what is imported takes a tenth of a short command's time
from compiler.cli.main import main  # noqa: E402

gc.enable()

if __name__ == "__main__":
    main()
