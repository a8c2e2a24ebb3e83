"""Reads YAML 1.2 with the position of every value.

PyYAML composes the node tree (its C parser is the fastest there is); the values are made here,
because PyYAML follows YAML 1.1 and would turn ``no`` into ``false`` and ``0755`` into 493. Only
what looks like a plain decimal number becomes one: ``1e3``, ``0755`` and ``0x1f`` stay text, and so
do whole numbers that Jsonnet, which calculates in 64-bit floats, could not hold exactly.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias

import yaml

from compiler.errors import AppError
from compiler.model.finding import Finding
from compiler.model.json import MAX_DEPTH, JsonObject, JsonValue
from compiler.model.source import SourceSpan
from compiler.stages.flow import scalar_value

MAX_BYTES = 10_000_000  # nobody writes a larger parameter file by hand
MAX_NODES = 500_000  # counted after aliases are expanded, so that an alias bomb stops here

Path: TypeAlias = tuple[str | int, ...]

LOADER: type[yaml.SafeLoader] | type[yaml.CSafeLoader] = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)
_TEXT_TAG = "tag:yaml.org,2002:str"  # PyYAML gives it to 5 or true only where the file says !!str
_TEXT_TAGS = {_TEXT_TAG, "!"}
_CONFLICT_MARKER = re.compile(r"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One YAML document.

    Attributes:
        spans: Position of every value by its path of keys and indexes.
        key_spans: Position of every mapping key by the path of its value.
    """

    value: JsonValue
    spans: Mapping[Path, SourceSpan]
    key_spans: Mapping[Path, SourceSpan] = field(default_factory=dict)

    def nearest_span(self, path: Path) -> SourceSpan:
        """Return the position of ``path``, or of the closest value around it."""
        while path not in self.spans and path:
            path = path[:-1]
        return self.spans[path]


def read_yaml(text: str, file: str) -> YamlDocument:
    """Read a file that holds exactly one document.

    Raises:
        AppError: The text is no YAML, or uses a part of it that kuplet refuses.
    """
    documents = list(read_all_yaml(text, file))
    if len(documents) > 1:
        message = "this file holds several YAML documents; one is expected"
        span = documents[1].spans[()]
        raise AppError(Finding(rule="yaml-syntax", message=message, span=span))
    return documents[0] if documents else YamlDocument(None, {(): SourceSpan(file)})


def read_all_yaml(text: str, file: str) -> Iterator[YamlDocument]:
    """Yield each document of a stream; empty documents are left out."""
    if len(text) > MAX_BYTES:
        message = f"this file has {len(text):,} characters; at most {MAX_BYTES:,} are read"
        raise AppError(Finding(rule="yaml-size", message=message, span=SourceSpan(file)))
    lines = text.split("\n")
    try:
        text.encode()
        for node in yaml.compose_all(text, Loader=LOADER):
            if not _is_empty(node):
                yield _Walk(file, lines).document(node)
    except UnicodeEncodeError as error:  # of an argument or a name of a file
        finding = Finding(rule="yaml-syntax", message="this is not UTF-8 text")
        raise AppError(finding) from error
    except yaml.MarkedYAMLError as error:
        raise AppError(syntax_finding(error, text, file)) from error
    except yaml.YAMLError as error:
        finding = Finding(rule="yaml-syntax", message=str(error), span=SourceSpan(file))
        raise AppError(finding) from error


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.value == "" and not node.style


def syntax_finding(error: yaml.MarkedYAMLError, text: str, file: str) -> Finding:
    """Return the finding for text that PyYAML could not parse."""
    lines = text.split("\n")
    marks = [mark for mark in (error.problem_mark, error.context_mark) if mark]
    spans = [_span_at(file, lines, mark, mark) for mark in marks] or [SourceSpan(file)]
    span = next((span for span in spans if span.excerpt.strip()), spans[0])
    message = error.problem or "this is not YAML"
    hint = ""
    conflict = _CONFLICT_MARKER.search(text)
    if conflict:
        line = text.count("\n", 0, conflict.start())
        span = SourceSpan(file, line + 1, 1, len(lines[line]) + 1, lines[line])
        message, hint = "the file holds merge-conflict markers", "resolve the conflict first"
        return Finding(rule="yaml-conflict", message=message, span=span, hint=hint)
    if "\t" in span.excerpt:
        message, hint = "a tab stands where YAML allows only spaces", "indent with spaces"
    notes = (error.context,) if error.context else ()
    return Finding(rule="yaml-syntax", message=message, span=span, notes=notes, hint=hint)


def _span_at(file: str, lines: list[str], start: yaml.Mark, end: yaml.Mark) -> SourceSpan:
    excerpt = lines[start.line].rstrip("\r") if start.line < len(lines) else ""
    end_column = end.column + 1 if end.line == start.line else 0
    return SourceSpan(file, start.line + 1, start.column + 1, end_column, excerpt)


class _Walk:
    """Turns the nodes of one document into values and positions."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self._file = file
        self._lines = lines
        self._spans: dict[Path, SourceSpan] = {}
        self._key_spans: dict[Path, SourceSpan] = {}
        self._open: set[int] = set()

    def document(self, node: yaml.Node) -> YamlDocument:
        value = self._value(node, ())
        return YamlDocument(value, self._spans, self._key_spans)

    def _value(self, node: yaml.Node, path: Path) -> JsonValue:
        span = self._span(node)
        self._spans[path] = span
        if len(self._spans) > MAX_NODES:
            self._refuse("yaml-size", f"aliases expand to more than {MAX_NODES:,} values", span)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, span)
        if len(path) > MAX_DEPTH:
            self._refuse("value-depth", f"this is nested more than {MAX_DEPTH} levels deep", span)
        if id(node) in self._open:
            self._refuse("yaml-alias", "an alias refers to what contains it", span)
        self._open.add(id(node))
        value = self._collection(node, path)
        self._open.remove(id(node))
        return value

    def _collection(self, node: yaml.Node, path: Path) -> JsonValue:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        return [self._value(item, (*path, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, path: Path) -> JsonObject:
        found: JsonObject = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            span = self._span(key_node)
            if key in found:
                first = self._key_spans[*path, key]
                self._refuse(
                    "yaml-duplicate-key", f'key "{key}" stands twice', span, f"first at {first}"
                )
            self._key_spans[*path, key] = span
            found[key] = self._value(value_node, (*path, key))
        return found

    def _key(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self._refuse("yaml-key", "a key must be text", self._span(node))
        if node.value == "<<" and not node.style:
            message = "merge keys (<<) are not part of YAML 1.2"
            hint = 'write the values out, or put them into an environment that others "extends"'
            self._refuse("yaml-merge-key", message, self._span(node), hint=hint)
        return str(node.value)

    def _scalar(self, node: yaml.ScalarNode, span: SourceSpan) -> JsonValue:
        is_quoted = bool(node.style)  # plain style is None or "", as the parser likes
        if (node.tag.startswith("!") and node.tag != "!") or (
            is_quoted and node.tag not in _TEXT_TAGS
        ):
            self._refuse("yaml-tag", f'tag "{node.tag}" is not known', span)
        value = scalar_value(node.value)
        is_tagged_text = node.tag == _TEXT_TAG and isinstance(value, bool | int | float)
        return str(node.value) if is_quoted or is_tagged_text or node.tag == "!" else value

    def _span(self, node: yaml.Node) -> SourceSpan:
        return _span_at(self._file, self._lines, node.start_mark, node.end_mark)

    def _refuse(
        self, rule: str, message: str, span: SourceSpan, note: str = "", hint: str = ""
    ) -> NoReturn:
        notes = (note,) if note else ()
        raise AppError(Finding(rule=rule, message=message, span=span, notes=notes, hint=hint))
