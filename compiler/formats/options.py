"""How one compile may differ from another one of the same files."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from compiler.formats.kuplet.imported_files import SourceTree
from compiler.formats.memo import Memo
from compiler.jsonnet.evaluate import DEFAULT_ENGINE, Engine
from compiler.model.jsonnet import JsonnetOptions
from compiler.stages.resolve import Override


@dataclass(frozen=True, slots=True, kw_only=True)
class Reuse:
    """What lets the compiles of a run share their work.

    Attributes:
        memo: What they know, across environments and both sides of a review.
        tree: The files of the app that is compiled, as they are now.
    """

    memo: Memo
    tree: SourceTree


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileOptions:
    """What a user may change about one compile.

    Attributes:
        convert: Whether to rewrite objects in API versions that Kubernetes removed.
        only: The components to compile in an app of ksonnet; such apps hold alternatives, of which
            nobody wants all at once. Empty for all.
        check: Whether the objects are checked, besides being made.
        order: Whether it is worked out which object waits for which; else they stand by identity.
        reuse: What earlier compiles of the same run worked out, if that shall not be done again; a
            run gives all of them the same ``jsonnet`` and ``engine``.
    """

    overrides: Sequence[Override] = ()
    jsonnet: JsonnetOptions = field(default_factory=JsonnetOptions)
    engine: Engine = DEFAULT_ENGINE
    convert: bool = False
    only: Sequence[str] = ()
    check: bool = True
    order: bool = True
    reuse: Reuse | None = None
