"""A Jsonnet program: all that an engine needs to evaluate it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

ENTRY = "<components>"
WANTED = "<wanted components>"
COMPONENT_MARK = "#"  # prototypes/tf-job.jsonnet#train: the source of tf-job as component "train"


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonnetProgram:
    """All that an engine needs to know.

    Attributes:
        entry: Name of the file to evaluate.
        files: Text of files that exist only here, by name.
        roots: Directories below which imports are searched, by the first part of the imported name;
            the root named ``""`` serves every other name.
        home: The app, where its directories are the roots; no link may lead out of it. Where it is
            empty, none may lead out of the roots.
        search: Further directories to search, in order.
        aliases: Directories that stand for others, by the beginning of a name that they replace.
        ext_code: External variables, as Jsonnet.
        ext_vars: External variables, as strings.
    """

    entry: str
    files: Mapping[str, str]
    roots: Mapping[str, str] = field(default_factory=dict)
    home: str = ""
    search: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    ext_code: Mapping[str, str] = field(default_factory=dict)
    ext_vars: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonnetOptions:
    """What a user may add to the program on the command line, or an app's packages.

    The fields are those of `JsonnetProgram`, and

    Attributes:
        tla_vars: Arguments of the function that a ksonnet app's ``main.jsonnet`` is, as strings.
    """

    search: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    ext_vars: Mapping[str, str] = field(default_factory=dict)
    ext_code: Mapping[str, str] = field(default_factory=dict)
    tla_vars: Mapping[str, str] = field(default_factory=dict)

    def extended_by(self, weaker: "JsonnetOptions") -> "JsonnetOptions":
        """Return these options with what packages add; their directories are searched last."""
        return replace(
            self,
            search=(*self.search, *weaker.search),
            files={**weaker.files, **self.files},
            aliases={**weaker.aliases, **self.aliases},
        )
