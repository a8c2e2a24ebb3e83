"""Keeps answers on disk, by the digest of what they are an answer to.

One is written whole or not at all, can be read by its user alone, and says itself when it is
damaged. Whatever goes wrong here costs time and nothing else.
"""

import hashlib
import os
import stat
import sys

SUFFIX = ".answer"
_DIGEST_BYTES = 32
_PRIVATE = 0o700


def cache_directory() -> str:
    """Return where answers are kept; empty where the user wants none, or has no place for them.

    It is in the directory that `platformdirs` would name, which takes a while to import.
    """
    if os.environ.get("KUPLET_NO_CACHE"):
        return ""
    chosen = os.environ.get("KUPLET_CACHE_DIR")
    if not chosen:
        home, base = os.environ.get("HOME", ""), os.environ.get("XDG_CACHE_HOME", "")
        if sys.platform == "darwin":
            base = os.path.join(home, "Library", "Caches") if home else ""
        elif not base and home:
            base = os.path.join(home, ".cache")
        chosen = os.path.join(base, "kuplet")
    return os.path.join(chosen, "answers") if os.path.isabs(chosen) else ""


def read_answer(key: str) -> bytes | None:
    """Return what was kept under a key; ``None`` when nothing was, or it is damaged."""
    directory = cache_directory()
    if not directory or not _is_own(directory):
        return None
    path = os.path.join(directory, key + SUFFIX)
    content = content_of(path)
    if content is not None:
        try:
            os.utime(path)  # what was used last stays longest
        except OSError:
            return content
    return content


def keep_answer(key: str, content: bytes) -> None:
    """Keep something under a key, in the place of what was there."""
    directory = cache_directory()
    if not directory:
        return
    draft = os.path.join(directory, f".{key}.{os.getpid()}")
    try:
        os.makedirs(directory, mode=_PRIVATE, exist_ok=True)
        if not _is_own(directory):
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        with open(os.open(draft, flags, 0o600), "wb") as file:
            file.write(hashlib.sha256(content).digest() + content)
        os.replace(draft, os.path.join(directory, key + SUFFIX))
    except OSError:
        return
    from compiler.cache.upkeep import make_room

    make_room(directory)


def content_of(path: str) -> bytes | None:
    """Return what is kept in a file; ``None`` where it is damaged or not there."""
    try:
        with open(path, "rb", buffering=0) as file:
            digest, content = file.read(_DIGEST_BYTES), file.read()
    except OSError:
        return None
    return content if hashlib.sha256(content).digest() == digest else None


def _is_own(directory: str) -> bool:
    """Return whether nobody but the user can have written what is in a directory."""
    try:
        found = os.stat(directory)
    except OSError:
        return False
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
