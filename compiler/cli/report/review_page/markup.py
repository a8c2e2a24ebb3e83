"""Writes HTML so that text is always text: what is no markup is escaped on its way in."""

import re
from collections.abc import Iterable

from compiler.cli.report.languages import markup

_LONG = re.compile(r"\S{25,}")
_JOINT = re.compile(r"\.(?=[A-Za-z])(?!ya?ml|json|\w*sonnet)|(?<=\w)/(?=\w)|(?<=\w)(?=\[)")
_VOID = frozenset({"br", "col", "link", "meta", "wbr"})


class Html(str):
    """Markup; every other text is escaped when an element takes it in."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | None) -> Html:
    """Return an element with its children and attributes; an attribute of ``None`` is left out.

    In the names of attributes ``_`` stands for ``-``, and one at the end for nothing.
    """
    listed = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Html(f"<{name}{listed}>")
    return Html(f"<{name}{listed}>{''.join(map(text, children))}</{name}>")


def folded(title: str, content: Html, *, is_open: bool = False, **attributes: str) -> Html:
    """Return content that a click on its title opens."""
    opened = "" if is_open else None
    return element("details", element("summary", title), "\n", content, open=opened, **attributes)


def text(content: str) -> Html:
    """Return text as markup; of markup, itself."""
    if isinstance(content, Html):
        return content
    return Html(markup(content))


def lines(parts: Iterable[str]) -> Html:
    """Return parts below one another; empty ones are left out."""
    return Html("\n".join(text(part) for part in parts if part))


def breakable(content: str) -> Html:
    """Return text whose long paths may be broken where their parts meet."""
    parts = _LONG.sub(
        lambda word: _JOINT.sub(lambda joint: f"{joint[0]}<wbr>", word[0]), text(content)
    )
    return Html(parts)
