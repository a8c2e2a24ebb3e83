"""The names that ksonnet gave to builders."""

import re

_WORD = re.compile(r"[A-Za-z_]\w*")
_KEYWORDS = frozenset(
    {
        *("assert", "else", "error", "false", "for", "function", "if", "import", "importstr"),
        *("in", "null", "self", "super", "tailstrict", "then", "true"),
    }
)


def builder_name(field: str) -> str:
    """Return how the library calls a field or kind: ``clusterIP`` → ``clusterIp``."""
    if field == "local":
        return "localStorage"
    if field.startswith("$"):
        return f"dollar{field[1].upper()}{field[2:]}"
    first, *words = field.split("-")  # x-kubernetes-int-or-string
    name = _lower_acronyms(first + "".join(word.capitalize() for word in words))
    name = name[0].lower() + name[1:]
    return f"{name}Param" if name in _KEYWORDS else name


def setter_name(field: str) -> str:
    """Return the name of the function that sets a field: ``image`` → ``withImage``."""
    name = builder_name(field)
    return f"with{name[0].upper()}{name[1:]}"


def _lower_acronyms(text: str) -> str:
    """Keep of a run of capitals the first, and the last when it begins a word: ``APIService``."""
    kept = list(text[:1])
    for index in range(1, len(text)):
        letter, rest = text[index], text[index + 1 :]
        inside = text[index - 1].isupper() and letter.isupper()
        begins_word = len(rest) > 1 and not rest[0].isupper()  # one letter more is a plural: IPs
        kept.append(letter.lower() if inside and not begins_word else letter)
    return "".join(kept)


def is_plain(name: str) -> bool:
    """Return whether Jsonnet takes the name of a field without quotes."""
    return bool(_WORD.fullmatch(name)) and name not in _KEYWORDS and name != "local"
