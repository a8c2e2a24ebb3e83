"""The frame of a page that needs nothing else: no script, no network.

What is text is text on the page, whatever it holds; `markup` sees to that.
"""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

from compiler.cli.report.languages import Document
from compiler.cli.report.review_page.markup import Html, element, lines

_STYLE = Path(__file__).with_name("style.css")
# The page may do nothing but show itself, even if something in it were taken for markup.
_POLICY = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'"
# The colour of the dot in the browser's tab; the page itself says it in words.
_DOTS = {"error": "#c62f2f", "warning": "#b36b00", "fine": "#2e8540"}


def html_page(title: str, mood: str, body: Html) -> Document:
    """Return a page.

    Args:
        mood: ``error``, ``warning`` or ``fine``.
    """
    page = element("html", _head(title, mood), "\n", element("body", body), lang="en")
    return Document(f"<!DOCTYPE html>\n{page}\n")


def section(name: str, title: str, parts: Iterator[Html]) -> Html:
    """Return a section, or nothing if it would be empty."""
    content = lines(parts)
    return element("section", element("h2", title), "\n", content, id=name) if content else content


def _head(title: str, mood: str) -> Html:
    style = _STYLE.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"{_POLICY}; style-src 'sha256-{digest}'"
    return element(
        "head",
        lines(
            [
                element("meta", charset="utf-8"),
                element("meta", http_equiv="Content-Security-Policy", content=policy),
                element("meta", name="viewport", content="width=device-width, initial-scale=1"),
                element("meta", name="color-scheme", content="light dark"),
                element("meta", name="referrer", content="no-referrer"),
                element("title", title),
                element("link", rel="icon", href=_icon(mood)),
                element("style", Html(style)),
            ]
        ),
    )


def _icon(mood: str) -> str:
    """Return a dot for the browser's tab, so that a reviewer of many pages finds the bad one."""
    color = _DOTS[mood].replace("#", "%23")
    svg = "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    dot = f"%3Ccircle cx='8' cy='8' r='6' fill='{color}'/%3E"
    return f"data:image/svg+xml,{svg}{dot}%3C/svg%3E"
