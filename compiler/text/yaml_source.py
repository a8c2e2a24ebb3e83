"""Reads YAML with the position of every value: files of kuplet as 1.2, manifests as kubectl does.

PyYAML composes the node tree (its C parser is the fastest there is); the values are made here,
because PyYAML follows YAML 1.1 and would turn ``no`` into ``false`` and ``0755`` into 493. In YAML
1.2 only what looks like a plain decimal number becomes one: ``1e3``, ``0755`` and ``0x1f`` stay
text, and so do numbers that Jsonnet, which calculates in 64-bit floats, could not hold.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NoReturn, TypeAlias

import yaml

from compiler.errors import AppError
from compiler.model.finding import Finding
from compiler.model.json import MAX_DEPTH, JsonObject, JsonValue
from compiler.model.source import SourceSpan
from compiler.stages.flow import scalar_value
from compiler.text.go_yaml import go_key, go_scalar

MAX_BYTES = 10_000_000  # nobody writes a larger parameter file by hand
MAX_NODES = 500_000  # counted after aliases are expanded, so that an alias bomb stops here

Path: TypeAlias = tuple[str | int, ...]
_Place: TypeAlias = tuple[int, int, int]  # line, column, and column of the end; 0 on another line

LOADER: type[yaml.SafeLoader] | type[yaml.CSafeLoader] = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)
_CORE = "tag:yaml.org,2002:"
_TEXT_TAGS = {f"{_CORE}str", "!"}
_PLAIN = "plain"  # what a scalar gets that has neither quotes nor a tag
_TYPES: dict[str, tuple[type, ...]] = {
    f"{_CORE}bool": (bool,),
    f"{_CORE}float": (int, float),
    f"{_CORE}int": (int,),
    f"{_CORE}null": (type(None),),
}


class _Loader(LOADER):  # type: ignore[misc, valid-type]  # the C class where libyaml is there
    """The safe loader with a tag of its own for what no tag is written for."""

    yaml_implicit_resolvers: ClassVar[dict[None, list[tuple[str, re.Pattern[str]]]]] = {
        None: [(_PLAIN, re.compile(""))]
    }


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


def read_manifests(text: str, file: str) -> list[YamlDocument]:
    """Return each document of a stream of Kubernetes objects, read as kubectl reads them.

    Raises:
        AppError: The text is no YAML, or uses a part of it that kuplet refuses.
    """
    return list(_documents(text, file, _GoWalk))


def read_all_yaml(text: str, file: str) -> Iterator[YamlDocument]:
    """Yield each document of a stream; empty documents are left out."""
    yield from _documents(text, file, _Walk)


def _documents(text: str, file: str, walk: type["_Walk"]) -> Iterator[YamlDocument]:
    if len(text) > MAX_BYTES:
        message = f"this file has {len(text):,} characters; at most {MAX_BYTES:,} are read"
        raise AppError(Finding(rule="yaml-size", message=message, span=SourceSpan(file)))
    lines = text.split("\n")
    try:
        text.encode()
        for node in yaml.compose_all(text, Loader=_Loader):
            if not _is_empty(node):
                yield walk(file, lines).document(node)
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
    spans = [_span_at(file, lines, _place(mark, mark)) for mark in marks] or [SourceSpan(file)]
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


def _place(start: yaml.Mark, end: yaml.Mark) -> _Place:
    return start.line, start.column, end.column + 1 if end.line == start.line else 0


def _span_at(file: str, lines: list[str], place: _Place) -> SourceSpan:
    line, column, end_column = place
    excerpt = lines[line].rstrip("\r") if line < len(lines) else ""
    return SourceSpan(file, line + 1, column + 1, end_column, excerpt)


class _Spans(Mapping[Path, SourceSpan]):
    """Positions by path. Few are asked for, so each is made when it is."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self._file = file
        self._lines = lines
        self._places: dict[Path, _Place] = {}

    def note(self, path: Path, node: yaml.Node) -> None:
        """Note where the value of a path stands; a later note counts more."""
        self._places[path] = _place(node.start_mark, node.end_mark)

    def __getitem__(self, path: Path) -> SourceSpan:
        return _span_at(self._file, self._lines, self._places[path])

    def __iter__(self) -> Iterator[Path]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class _Walk:
    """Turns the nodes of one document into values and positions."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self._file = file
        self._lines = lines
        self._spans = _Spans(file, lines)
        self._key_spans = _Spans(file, lines)
        self._open: set[int] = set()
        self._count = 0

    def document(self, node: yaml.Node) -> YamlDocument:
        value = self._value(node, ())
        return YamlDocument(value, self._spans, self._key_spans)

    def _value(self, node: yaml.Node, path: Path) -> JsonValue:
        self._spans.note(path, node)
        self._count += 1
        if self._count > MAX_NODES:
            self._refuse("yaml-size", f"aliases expand to more than {MAX_NODES:,} values", node)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if len(path) > MAX_DEPTH:
            self._refuse("value-depth", f"this is nested more than {MAX_DEPTH} levels deep", node)
        if id(node) in self._open:
            self._refuse("yaml-alias", "an alias refers to what contains it", node)
        self._open.add(id(node))
        value = self._collection(node, path)
        self._open.remove(id(node))
        return value

    def _collection(self, node: yaml.Node, path: Path) -> JsonValue:
        name = "map" if isinstance(node, yaml.MappingNode) else "seq"
        if node.tag not in {f"{_CORE}{name}", "!"}:
            self._refuse_tag(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        return [self._value(item, (*path, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, path: Path) -> JsonObject:
        found: JsonObject = {}
        own: set[str] = set()
        for key_node, value_node in node.value:
            if _is_merge(key_node):
                found.update(self._merged(key_node, value_node, path))
                self._spans.note(path, node)  # what is merged stands elsewhere
                continue
            key = self._key(key_node)
            below = (*path, key)
            if key in own:
                first = f"first at {self._key_spans[below]}"
                self._refuse("yaml-duplicate-key", f'key "{key}" stands twice', key_node, first)
            own.add(key)
            self._key_spans.note(below, key_node)
            found[key] = self._value(value_node, below)
        return found

    def _key(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self._refuse("yaml-key", "a key must be text", node)
        if node.tag not in {_PLAIN, *_TEXT_TAGS}:
            self._refuse_tag(node)
        return str(node.value)

    def _merged(self, key: yaml.Node, value: yaml.Node, path: Path) -> JsonObject:  # noqa: ARG002
        message = "merge keys (<<) are not part of YAML 1.2"
        hint = 'write the values out, or put them into an environment that others "extends"'
        self._refuse("yaml-merge-key", message, key, hint=hint)

    def _scalar(self, node: yaml.ScalarNode) -> JsonValue:
        if node.tag in _TEXT_TAGS:
            return str(node.value)
        is_plain = node.tag == _PLAIN
        if not is_plain and (node.style or node.tag not in _TYPES):  # plain style is None or ""
            self._refuse_tag(node)
        value = self._plain(node)
        if not is_plain and not _is_of(value, _TYPES[node.tag]):
            self._refuse_tag(node)
        return value

    def _plain(self, node: yaml.ScalarNode) -> JsonValue:
        return scalar_value(node.value)

    def _refuse_tag(self, node: yaml.Node) -> NoReturn:
        self._refuse("yaml-tag", f'tag "{node.tag}" is not known', node)

    def _refuse(
        self, rule: str, message: str, node: yaml.Node, note: str = "", hint: str = ""
    ) -> NoReturn:
        place = _place(node.start_mark, node.end_mark)
        span = _span_at(self._file, self._lines, place)
        notes = (note,) if note else ()
        raise AppError(Finding(rule=rule, message=message, span=span, notes=notes, hint=hint))


class _GoWalk(_Walk):
    """The same for manifests."""

    def _key(self, node: yaml.Node) -> str:
        text = super()._key(node)
        if node.tag != _PLAIN:
            return text
        try:
            return go_key(go_scalar(text))
        except ValueError as error:
            self._refuse("yaml-key", str(error), node)

    def _merged(self, key: yaml.Node, value: yaml.Node, path: Path) -> JsonObject:
        sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
        found: JsonObject = {}
        for source in reversed(sources):  # of several, the first wins
            if not isinstance(source, yaml.MappingNode):
                message = "a merge key (<<) must name a mapping, or a list of them"
                self._refuse("yaml-merge-key", message, key)
            members = self._value(source, path)
            found.update(members if isinstance(members, dict) else {})
        return found

    def _plain(self, node: yaml.ScalarNode) -> JsonValue:
        try:
            return go_scalar(node.value)
        except ValueError as error:
            self._refuse("yaml-number", str(error), node)


def _is_merge(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.value == "<<" and node.tag == _PLAIN


def _is_of(value: JsonValue, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))
