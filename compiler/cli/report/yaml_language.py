"""Writes YAML in which everything is seen: what nobody would see is escaped, in double quotes."""

import re

import yaml

from compiler.cli.report.languages import HIDDEN, OLD_COMMAND, Document, escaped, terminal

_SURROGATE = re.compile("[\ud800-\udfff]")
_YAML_BASE: type[yaml.SafeDumper] | type[yaml.CSafeDumper] = getattr(
    yaml, "CSafeDumper", yaml.SafeDumper
)


class YamlDumper(_YAML_BASE):  # type: ignore[misc, valid-type]  # the C class where libyaml is there
    """Writes text so that what nobody would see is escaped: in double quotes."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  PyYAML's signature
        """Write equal values out instead of as anchors."""
        return True


def needs_quotes(text: str) -> bool:
    """Return whether YAML may hold a text only in double quotes, where it can be escaped."""
    is_command = "::" in text or OLD_COMMAND in text
    return bool(HIDDEN.search(text)) or (is_command and terminal(text) != text)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return yaml_scalar(dumper, text, '"' if needs_quotes(text) else None)


def yaml_scalar(dumper: yaml.SafeDumper, text: str, style: str | None) -> yaml.ScalarNode:
    """Return the node of a text in a style; YAML has no place for half a character."""
    text = _SURROGATE.sub("\ufffd", text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


YamlDumper.add_representer(str, _represent_text)


def yaml_text(value: object, dumper: type[YamlDumper] = YamlDumper, width: int = 2**20) -> Document:
    """Return a value as YAML; hidden characters are in double quotes only, and escaped."""
    text: str = yaml.dump(value, Dumper=dumper, sort_keys=False, width=width, allow_unicode=True)
    shown = HIDDEN.sub(lambda match: escaped(match[0]), text)
    return Document(shown.replace(OLD_COMMAND, r"#\x23["))
