"""The languages that kuplet writes, and for each what makes a text nothing but text in it.

Names, values and messages come from apps, packages, clusters and programs of others. In no language
they may command who reads it, hide something, or end what they stand in. HTML is written by
`review_page/markup.py` alone, which has what it needs here. YAML, whose library takes a while to
import, has a module of its own beside this one.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import click

# What nobody sees, or what makes a line read otherwise than it is.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
# Ours alone: no text of others can hold it, so no text of others is ever a command.
_NONCE = os.urandom(8).hex()
_AS_JSON = json.JSONEncoder(ensure_ascii=False).encode
_STYLE = re.compile(rf"\x1b\[(?={_NONCE};){_NONCE};([0-9;]+)m")
_CODES = re.compile(r"\x1b\[([0-9;]+)m")
# GitHub takes such lines of a log for commands, whatever blanks and colours stand before them.
_COMMAND = re.compile(r"^((?:\s|\x1b\[[0-9;]*m)*):(?=:[^\n]*?::)", re.MULTILINE)
OLD_COMMAND = "##["
_MARKDOWN = re.compile(r"([\\*_{}\[\]|~]|#(?![0-9]+;))")
_LINK = re.compile(r"@(?=\w)|(?<=\w)://")


class Document(str):
    """Text in a language for programs, in which everything is disarmed already."""

    __slots__ = ()


def visible(text: str) -> str:
    """Return text in which everything is seen; lines and tabs stay."""
    return HIDDEN.sub(lambda match: escaped(match[0]), text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return text in which everything is seen, on one line that is no command."""
    shown = visible(text).replace("\n", "\\n").replace("\t", " ")
    return shown.replace(OLD_COMMAND, r"#\x23[")


def escaped(char: str) -> str:
    """Return a character as escapes of many languages write it."""
    code = ord(char)
    if code <= 0xFF:  # noqa: PLR2004  two digits
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  four


def styled(text: str, *, fg: str | None = None, bold: bool = False, dim: bool = False) -> str:
    """Return text that is coloured where it is shown on a terminal."""
    marked = click.style(visible(text), fg=fg, bold=bold or None, dim=dim or None)
    return _CODES.sub(lambda match: f"\x1b[{_NONCE};{match[1]}m", marked)


def terminal(text: str) -> str:
    """Return text for a terminal or a log: only what `styled` made is a command to it."""
    if isinstance(text, Document):
        return text
    parts = _STYLE.split(text)
    shown = "".join(
        f"\x1b[{part}m" if index % 2 else visible(part) for index, part in enumerate(parts)
    )
    return _COMMAND.sub(r"\1\\x3a", shown).replace(OLD_COMMAND, r"#\x23[")


def without_styles(text: str) -> str:
    """Return text for a file, in which nobody wants to see commands to a terminal."""
    return _CODES.sub("", terminal(text))


def json_text(
    value: object,
    indent: int | None = 2,
    keys: Callable[[Mapping[str, Any]], Iterable[str]] = iter,
) -> Document:
    """Return a value as JSON; what nobody would see is escaped, as JSON allows.

    Args:
        keys: Gives the keys of an object in the order in which they are written in lines.
    """
    if indent is None:
        return Document(_json_shown(_AS_JSON(value)))
    parts: list[str] = []
    _write_json(value, "\n", " " * indent, keys, parts)
    return Document("".join(parts))


def _write_json(
    value: object,
    margin: str,
    step: str,
    keys: Callable[[Mapping[str, Any]], Iterable[str]],
    parts: list[str],
) -> None:
    """Add a value in lines, as `json` does, whose own way to write lines is slow.

    Args:
        margin: A new line and the blanks before what the value stands in.
    """
    if isinstance(value, str):
        parts.append(_json_string(value))
    elif isinstance(value, dict) and value:
        between = f"{{{margin}{step}"
        for key in keys(value):
            item = value[key]
            if isinstance(item, str):
                parts.append(f"{between}{_json_string(key)}: {_json_string(item)}")
            else:
                parts.append(f"{between}{_json_string(key)}: ")
                _write_json(item, margin + step, step, keys, parts)
            between = f",{margin}{step}"
        parts.append(f"{margin}}}")
    elif isinstance(value, list | tuple) and value:
        between = f"[{margin}{step}"
        for item in value:
            parts.append(between)
            _write_json(item, margin + step, step, keys, parts)
            between = f",{margin}{step}"
        parts.append(f"{margin}]")
    else:
        parts.append(json.dumps(value))


@lru_cache(2**16)
def _json_string(text: str) -> str:
    written = _AS_JSON(text)
    return written if written.isprintable() and OLD_COMMAND not in text else _json_shown(written)


def _json_shown(text: str) -> str:
    shown = HIDDEN.sub(lambda match: json.dumps(match[0])[1:-1], text)
    return shown.replace(OLD_COMMAND, r"#\u0023[")


def markdown_code(text: str) -> str:
    """Return text as code in a cell: nothing in it is Markdown, and no bar ends the cell."""
    text = one_line(text)
    if not text:
        return ""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|")


def markdown_text(text: str) -> str:
    """Return text that is only text: it formats nothing, and it mentions and links nobody."""
    words = " ".join(visible(text).replace("`", "'").split())
    escaped = _MARKDOWN.sub(r"\\\1", markdown_markup(words))
    return _LINK.sub(lambda match: f"{match[0][0]}&#8203;{match[0][1:]}", escaped)


def markdown_markup(text: str) -> str:
    """Return text between two tags in Markdown."""
    from html import escape

    return escape(one_line(text), quote=False)


def markup(text: str) -> str:
    """Return text for HTML, XML or SVG, also in the quotes of an attribute; no line commands."""
    from html import escape

    shown = _COMMAND.sub(r"\1&#58;", escape(visible(text)))
    return shown.replace(OLD_COMMAND, "#&#35;[")


def github_message(text: str) -> str:
    """Return text for the message of a workflow command."""
    shown = visible(text)
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def github_property(text: str) -> str:
    """Return text for a property of a workflow command."""
    return github_message(text).replace(":", "%3A").replace(",", "%2C")


def mermaid_label(text: str) -> str:
    """Return text in the quotes of a label of Mermaid, whose entities begin with a hash."""
    shown = one_line(text).replace("&", "#amp;").replace('"', "#quot;")
    return shown.replace("<", "#lt;").replace(">", "#gt;").replace("`", "#96;")


def dot_quoted(text: str) -> str:
    """Return text as a string of Graphviz."""
    shown = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{shown}"'
