"""Reads the header of a prototype: ksonnet's comment directives.

A directive is a comment whose text starts with ``@``; the comments after it continue it. Fields are
split on single spaces, so two spaces after the type declare an empty string as the default:
published packages rely on that.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from compiler.errors import AppError
from compiler.model.finding import Finding
from compiler.model.json import JsonValue
from compiler.model.parameter import ParameterSpec, ParameterType
from compiler.model.prototype import Prototype
from compiler.model.source import SourceSpan
from compiler.stages.names import did_you_mean

_COMMENT = re.compile(r"\s*//\s+(.*)$")
_TIGHT = re.compile(r"\s*//@(\w+)")  # ksonnet passed over it, and so over what it declares
_ENUM = re.compile(r"enum\(([^()]+)\)")
_TAGS = ("apiVersion", "name", "description", "shortDescription", "param", "optionalParam")


@dataclass(frozen=True, slots=True)
class _Directive:
    tag: str
    text: str
    span: SourceSpan


def parse_prototype(text: str, file: str, package: str = "") -> Prototype:
    """Read a prototype, or an app's own Jsonnet source, whose header may be missing.

    Raises:
        AppError: A directive is unknown or malformed, or a package's prototype has no name.
    """
    directives = list(_directives(text, file))
    specs = [_parameter(item) for item in directives if item.tag in {"param", "optionalParam"}]
    one = {item.tag: item.text for item in directives}
    if package and not one.get("name"):
        message = "a prototype of a package needs a name"
        hint = f"// @name io.ksonnet.pkg.{PurePosixPath(file).stem}"
        span = SourceSpan(file)
        raise AppError(Finding(rule="prototype-directive", message=message, span=span, hint=hint))
    return Prototype(
        name=one.get("name", file),
        file=file,
        source=text,
        package=package,
        short_description=one.get("shortDescription", ""),
        description=one.get("description", ""),
        parameters={spec.name: spec for spec in specs},
        is_closed=bool(package or specs),
    )


def prototype_body(text: str) -> str:
    """Return the text of a prototype without its directives; other comments stay."""
    lines: list[str] = []
    is_directive = False
    for line in text.split("\n"):
        match = _COMMENT.match(line)
        words = match[1].strip() if match else ""
        is_directive = words.startswith("@") or (is_directive and bool(words))
        if not is_directive:
            lines.append(line)
    return "\n".join(lines).strip("\n") + "\n"


def _directives(text: str, file: str) -> Iterator[_Directive]:
    current: _Directive | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        match = _COMMENT.match(line)
        words = match[1].rstrip() if match else ""
        _check_blank(line, file, number)
        span = SourceSpan(file, number, line.find("@") + 1, 0, line)
        if match and words.startswith("@"):
            if current:
                yield current
            tag, _, rest = match[1].rstrip("\r")[1:].partition(" ")
            current = _Directive(_known_tag(tag, span), rest, span)
        elif current and words:
            current = _Directive(current.tag, f"{current.text}\n{words}", current.span)
        elif current:
            yield current
            current = None
    if current:
        yield current


def _check_blank(line: str, file: str, number: int) -> None:
    """Refuse a directive that no reader of headers would see."""
    match = _TIGHT.match(line)
    if match and match[1] in _TAGS:
        message = f'a blank is missing between "//" and "@{match[1]}"'
        span = SourceSpan(file, number, line.find("//") + 1, 0, line)
        hint = f"// @{match[1]}"
        raise AppError(
            Finding(rule="prototype-directive", message=message, span=span, hint=f"write {hint}")
        )


def _known_tag(tag: str, span: SourceSpan) -> str:
    if tag in _TAGS:
        return tag
    message = f'unknown directive "@{tag}"'
    finding = Finding(
        rule="prototype-directive", message=message, span=span, hint=did_you_mean(tag, _TAGS)
    )
    raise AppError(finding)


def _parameter(directive: _Directive) -> ParameterSpec:
    is_required = directive.tag == "param"
    fields = directive.text.split(" ", 2 if is_required else 3)
    if len(fields) < (2 if is_required else 3):
        shape = "NAME TYPE DESCRIPTION" if is_required else "NAME TYPE DEFAULT DESCRIPTION"
        message = f"@{directive.tag} must read: {shape}"
        raise AppError(Finding(rule="prototype-directive", message=message, span=directive.span))
    kind, choices = _type(fields[1], directive.span)
    return ParameterSpec(
        name=fields[0],
        type=kind,
        choices=choices,
        is_required=is_required,
        default=None if is_required else _default(fields[2], kind, directive.span),
        description=fields[-1].strip() if len(fields) > (2 if is_required else 3) else "",
        span=directive.span,
    )


def _type(text: str, span: SourceSpan) -> tuple[ParameterType, tuple[str, ...]]:
    match = _ENUM.fullmatch(text)
    if match:
        return ParameterType.ENUM, tuple(match[1].split(","))
    names = [
        kind.value for kind in ParameterType if kind not in {ParameterType.ENUM, ParameterType.ANY}
    ]
    if text in names:
        return ParameterType(text), ()
    message = f'unknown parameter type "{text}"'
    hint = did_you_mean(text, [*names, "enum(a,b)"])
    raise AppError(Finding(rule="prototype-directive", message=message, span=span, hint=hint))


def _default(text: str, kind: ParameterType, span: SourceSpan) -> JsonValue:
    if kind in {ParameterType.STRING, ParameterType.ENUM}:
        return text
    try:
        value: JsonValue = json.loads(text)
    except json.JSONDecodeError:
        if kind is ParameterType.NUMBER_OR_STRING:
            return text
        message = f'the default "{text}" is no {kind.value}'
        finding = Finding(rule="prototype-directive", message=message, span=span)
        raise AppError(finding) from None
    return value
