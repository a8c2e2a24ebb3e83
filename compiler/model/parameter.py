"""Parameters: what a prototype declares, and what each layer sets."""

import enum
from dataclasses import dataclass

from compiler.model.json import JsonValue
from compiler.model.source import SourceSpan


class ParameterType(enum.StrEnum):
    """Types a prototype may declare; all but the last four are ksonnet's."""

    STRING = "string"
    NUMBER = "number"
    NUMBER_OR_STRING = "numberOrString"
    ARRAY = "array"
    OBJECT = "object"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    ENUM = "enum"
    ANY = "any"  # a parameter of a component that declares none


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSpec:
    """One parameter as its prototype declares it.

    Attributes:
        choices: The values an ``enum`` allows; empty for every other type.
        default: The value when no layer sets it; meaningless when ``is_required``.
        span: Where it is declared.
    """

    name: str
    type: ParameterType
    description: str = ""
    is_required: bool = False
    default: JsonValue = None
    choices: tuple[str, ...] = ()
    span: SourceSpan | None = None

    @property
    def takes_text(self) -> bool:
        """Whether a value typed on a command line is taken literally."""
        return self.type in {ParameterType.STRING, ParameterType.ENUM}

    @property
    def type_text(self) -> str:
        """The type as a person writes it in a declaration."""
        return f"enum({','.join(self.choices)})" if self.choices else self.type.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One layer's word on a parameter.

    Attributes:
        layer: ``default``, the name of an environment, or ``--set``.
        name_span: Where the parameter's name stands in that layer.
        span: Where the value stands.
    """

    value: JsonValue
    layer: str
    span: SourceSpan
    name_span: SourceSpan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of a component in one environment, with everyone who set it.

    Attributes:
        spec: Its declaration; ``None`` for a component that declares no parameters.
        settings: From the weakest layer to the strongest; never empty.
    """

    name: str
    settings: tuple[Setting, ...]
    spec: ParameterSpec | None = None

    @property
    def winner(self) -> Setting:
        """The setting that counts."""
        return self.settings[-1]

    @property
    def value(self) -> JsonValue:
        """The value that counts; objects are merged key by key, and ``null`` removes a key."""
        value: JsonValue = None
        for setting in self.settings:
            value = merge_patch(value, setting.value)
        return value


def merge_patch(below: JsonValue, above: JsonValue) -> JsonValue:
    """Return ``above`` merged onto ``below``, as RFC 7386 (JSON Merge Patch) says."""
    if not isinstance(above, dict):
        return above
    found = dict(below) if isinstance(below, dict) else {}
    for key, value in above.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merge_patch(found.get(key), value)
    return found


def patch_between(below: JsonValue, wanted: JsonValue) -> JsonValue:
    """Return what `merge_patch` makes ``wanted`` of, laid over ``below``.

    It says the whole value, and ``null`` for the keys that must go.
    """
    if not isinstance(below, dict) or not isinstance(wanted, dict):
        return wanted
    return {
        key: patch_between(below.get(key), wanted[key]) if key in wanted else None
        for key in {**below, **wanted}
    }
