"""What an account of a cluster is for."""

import enum


class Purpose(enum.StrEnum):
    """What an account is for; each can do all that those before it can."""

    DIFF = "diff"
    APPLY = "apply"
    PRUNE = "prune"
