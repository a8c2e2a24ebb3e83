"""A prototype: a parameterized building block that a package ships."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from compiler.model.json import JsonObject
from compiler.model.parameter import ParameterSpec
from compiler.model.source import SourceSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class Prototype:
    """A prototype, ready to be instantiated.

    Attributes:
        name: Its full name, for example ``io.kuplet.pkg.tf-job``.
        package: ``registry/package`` that it belongs to; empty for an app's own component.
        version: The version of that package; empty when it has none.
        file: Path of its source, as people write it.
        source: The Jsonnet text, header included, so that line numbers hold.
        is_closed: Whether only declared parameters may be set. A Jsonnet source of the app that
            declares none takes any.
        is_data: Whether the source is JSON that says its objects as they are: nothing is evaluated.
        mentioned: Names in the files of the app's packages. Packages for ksonnet hand their
            parameters on and read what they never declared.
        schema: JSON Schema of its parameters; empty when there is none.
        spans: Where each object of a YAML source stands, by its path in the tree (``$[0]``).
    """

    name: str
    file: str
    source: str
    package: str = ""
    version: str = ""
    short_description: str = ""
    description: str = ""
    parameters: Mapping[str, ParameterSpec] = field(default_factory=dict)
    is_closed: bool = False
    is_data: bool = False
    mentioned: frozenset[str] = frozenset()
    schema: JsonObject = field(default_factory=dict)
    spans: Mapping[str, SourceSpan] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """The last part of its name, without registry, folder or file type: ``tf-job``."""
        return PurePosixPath(self.file).stem

    @property
    def base_name(self) -> str:
        """The last part of its full name: ``tf-job``."""
        return self.name.rpartition(".")[2].rpartition("/")[2]

    @property
    def declared_name(self) -> str:
        """The full name as its file says it, also where a package was put in to tell it apart."""
        return self.name.removesuffix(self.name.rpartition(".")[2]) + self.base_name

    @property
    def short_name(self) -> str:
        """The name that people use: ``kuplet/tf-job``."""
        registry, _, _ = self.package.partition("/")
        return f"{registry}/{self.name.rpartition('.')[2]}" if registry else self.name
