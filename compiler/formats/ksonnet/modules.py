"""Finds the modules of a ksonnet app and the component files in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from compiler.errors import AppError, UsageError
from compiler.formats.ksonnet.app import COMPONENTS, PARAMS, ROOT_MODULE, KsonnetApp
from compiler.model.finding import Finding
from compiler.model.source import SourceSpan
from compiler.stages.names import did_you_mean
from compiler.text.files import read_text
from compiler.text.reading import files_below

_KINDS = {".jsonnet", ".yaml", ".json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentFile:
    """One component.

    Attributes:
        module: Its module; ``/`` for the root.
        local: Its name inside the module, which is the file's without its type.
        file: Its path, relative to the app.
    """

    module: str
    local: str
    file: str
    text: str

    @property
    def name(self) -> str:
        """Its name in the whole app."""
        return qualified(self.module, self.local)

    @property
    def span(self) -> SourceSpan:
        """Where it begins."""
        return SourceSpan(self.file, 1, 1, 0, self.text.split("\n", 1)[0])

    @property
    def is_plain(self) -> bool:
        """Whether it is YAML or JSON, which takes its parameters as a patch."""
        return not self.file.endswith(".jsonnet")


def qualified(module: str, local: str) -> str:
    """Return the name of a module's component in the whole app."""
    return local if module == ROOT_MODULE else f"{module}.{local}"


def module_directory(module: str) -> str:
    """Return where a module's files are, relative to the app."""
    parts = () if module == ROOT_MODULE else module.split(".")
    return str(PurePosixPath(COMPONENTS, *parts))


def module_names(root: Path) -> list[str]:
    """Return all modules, sorted; a directory is one when it holds ``params.libsonnet``."""
    top = root / COMPONENTS
    below = (path.parent.relative_to(top).parts for path in files_below(top, root, PARAMS))
    return sorted({ROOT_MODULE, *(".".join(parts) for parts in below if parts)})


def check_module(app: KsonnetApp, name: str) -> None:
    """Check that a module exists.

    Raises:
        UsageError: It does not.
    """
    known = module_names(app.root)
    if name not in known:
        message = f'there is no module "{name}"'
        hint = did_you_mean(name, known)
        raise UsageError(Finding(rule="module-unknown", message=message, hint=hint))


def component_files(app: KsonnetApp, modules: Iterable[str]) -> list[ComponentFile]:
    """Read the components of some modules, sorted by module and name.

    Raises:
        AppError: Two files of a module make the same component, or one cannot be read.
    """
    found: dict[str, ComponentFile] = {}
    findings: list[Finding] = []
    for module in modules:
        for path in sorted((app.root / module_directory(module)).glob("*")):
            if path.suffix not in _KINDS or not path.is_file():
                continue
            file = path.relative_to(app.root).as_posix()
            text = read_text(path, file, app.root)
            item = ComponentFile(module=module, local=path.stem, file=file, text=text)
            other = found.setdefault(item.name, item)
            if other is not item:
                findings.append(_ambiguous(other, item))
    if findings:
        raise AppError(*findings)
    return list(found.values())


def _ambiguous(first: ComponentFile, second: ComponentFile) -> Finding:
    return Finding(
        rule="component-ambiguous",
        message=f'two files make component "{first.name}"',
        span=second.span,
        component=first.name,
        notes=(f"the other is {first.file}",),
        hint="rename one of the files",
    )
