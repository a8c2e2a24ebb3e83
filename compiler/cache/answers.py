"""Gives a command's whole answer again, as long as nothing that it was made of has changed.

An answer is kept with the digest of each file of the app that was read for it, and of the names of
all that is there: a file that appears may be found before another one. It is looked up before
anything of kuplet is imported.
"""

import os

TYPE_CHECKING = False  # to import that of `typing` takes as long as all the rest
if TYPE_CHECKING:
    from typing import NoReturn

_COMMANDS = frozenset({"compile", "show", "validate"})


def give_again(arguments: list[str]) -> None:
    """Give the answer that a command gave before, and end; return where there is none."""
    if _COMMANDS.isdisjoint(arguments) or "--no-cache" in arguments:
        return
    import marshal

    from compiler.cache.inputs import key_of
    from compiler.cache.store import read_answer

    try:
        answer = read_answer(key_of(arguments))
        if answer is not None:
            place, names, note, files, said, code = marshal.loads(answer)  # noqa: S302  kuplet wrote it
            if _holds(place, names, note, files):
                _say(said, code)
    except (OSError, ValueError, EOFError, TypeError):  # the command itself will find out
        return


def _holds(place: tuple[str, str, str], names: str, note: str, files: dict[str, str]) -> bool:
    """Return whether all is as it was.

    Args:
        place: Where the app was looked for, to where that led, and where it was found.
    """
    from compiler.cache.inputs import file_digest, names_below

    start, real_start, root = place
    if os.path.realpath(start) != real_start:
        return False
    if os.path.lexists(note) or names_below(root) != names:
        return False
    return all(file_digest(path) == digest for path, digest in files.items())


def _say(said: list[tuple[int, bytes]], code: int) -> "NoReturn":
    """Write an answer to the streams that it was for.

    Raises:
        OSError: Nothing of it could be written.
    """
    has_begun = False
    for descriptor, content in said:
        left = memoryview(content)
        while left:
            try:
                left = left[os.write(descriptor, left) :]
            except BrokenPipeError:
                os._exit(141)  # as `cli/output.py` says
            except OSError as error:
                if not has_begun:
                    raise
                os.write(2, f"error[file-unwritable]: cannot write: {error.strerror}\n".encode())
                os._exit(3)
            has_begun = True
    os._exit(code)
