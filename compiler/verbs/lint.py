"""Checks a package of prototypes before others use it: its files, headers, cases and images."""

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from compiler.bundled import bundled
from compiler.errors import AppError, UsageError
from compiler.formats.kuplet.load import load_app
from compiler.formats.options import CompileOptions
from compiler.kinds.pods import containers_of
from compiler.model.compiled import CompiledEnvironment
from compiler.model.finding import Finding, Severity
from compiler.model.image import parse_image
from compiler.model.json import JsonObject
from compiler.model.manifest import Manifest, text_at
from compiler.model.prototype import Prototype
from compiler.model.source import SourceSpan
from compiler.registry.content import read_content, write_content
from compiler.registry.index import PARTS
from compiler.stages.declaration import parse_prototype
from compiler.stages.validate.kubernetes_schemas import supported_versions
from compiler.text.yaml_source import read_yaml
from compiler.verbs.compile import compile_environment

README, CASES, GOLDEN = "README.md", "cases", "golden"
NOT_REVIEWED = "prototype-golden"
_OF_OTHERS = {"reference-missing"}  # a case is one block: what stands around it is missing
_JSONNET = (".jsonnet", ".libsonnet")
_COMMENT = re.compile(r"^\s*(//|#).*", re.MULTILINE)
_WORD = re.compile(r"\w+")

Render = Callable[[Sequence[Manifest]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """What is wrong with a package, and what its cases make.

    Attributes:
        golden: The objects of each case as text, by the file that they are expected in.
    """

    findings: tuple[Finding, ...]
    golden: Mapping[str, str]


def lint_package(directory: Path, registry: str, render: Render) -> Lint:
    """Check the package in a directory.

    Args:
        registry: The name under which its files import one another: ``mine/web/web.libsonnet``.
        render: Writes objects as people review them.

    Raises:
        UsageError: There is no package in the directory.
        ExternalError: It holds links, or more than a package may.
    """
    package = directory.name
    if not (directory / "prototypes").is_dir():
        message = f'"{directory}" holds no prototypes'
        hint = f"start a package: kuplet prototype new {package}"
        raise UsageError(Finding(rule="prototype-package", message=message, hint=hint))
    content = read_content(directory, package)
    findings = [*_files(content, package)]
    prototypes = [*_prototypes(content, f"{registry}/{package}", findings)]
    golden: dict[str, str] = {}
    for prototype in prototypes:
        findings += _header(prototype, content)
        for made in _cases(prototype, content, registry, findings):
            golden[made.golden] = render(made.compiled.manifests)
            findings += _compared(made, golden[made.golden], content)
    return Lint(findings=tuple(dict.fromkeys(findings)), golden=golden)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """What a prototype makes of a case."""

    case: str
    golden: str
    compiled: CompiledEnvironment


def _files(content: Mapping[str, bytes], package: str) -> Iterator[Finding]:
    for name in (PARTS, README):
        if name not in content:
            yield _finding("prototype-package", f"the package has no {name}", name)
    parts = _parts(content)
    if PARTS in content and text_at(parts, "name") != package:
        message = f'name is "{text_at(parts, "name")}", and the directory is called "{package}"'
        yield _finding("prototype-package", message, PARTS)
    for field in ("description", "version"):
        if PARTS in content and not text_at(parts, field):
            yield _finding("prototype-package", f"it says no {field}", PARTS, Severity.WARNING)


def _parts(content: Mapping[str, bytes]) -> JsonObject:
    try:
        value = read_yaml(content.get(PARTS, b"").decode(), PARTS).value
    except (AppError, UnicodeDecodeError):
        return {}
    return value if isinstance(value, dict) else {}


def _prototypes(
    content: Mapping[str, bytes], package: str, findings: list[Finding]
) -> Iterator[Prototype]:
    for file in sorted(content):
        path = PurePosixPath(file)
        if path.parent.as_posix() == "prototypes" and path.suffix == ".jsonnet":
            try:
                yield parse_prototype(content[file].decode(), file, package)
            except AppError as error:
                findings.extend(error.findings)


def _header(prototype: Prototype, content: Mapping[str, bytes]) -> Iterator[Finding]:
    """Yield what people who use a prototype would miss."""
    if prototype.base_name != prototype.stem:
        message = f'its name ends in "{prototype.base_name}", and the file in "{prototype.stem}"'
        yield _finding("prototype-name", message, prototype.file)
    if not prototype.short_description:
        yield _finding("prototype-undescribed", "no @shortDescription", prototype.file)
    readme = content.get(README, b"").decode(errors="replace")
    read = _words(content)
    for spec in prototype.parameters.values():
        if not spec.description.strip():
            message = f'parameter "{spec.name}" has no description'
            yield replace(
                _finding("prototype-undescribed", message, prototype.file), span=spec.span
            )
        if read.isdisjoint({spec.name}) and spec.name.isidentifier():
            message = f'nothing reads the parameter "{spec.name}"'
            yield replace(_finding("prototype-unread", message, prototype.file), span=spec.span)
        if README in content and f"`{spec.name}`" not in readme:
            message = f'{README} does not name the parameter "{spec.name}"'
            yield _finding("prototype-undescribed", message, README, Severity.WARNING)


def _words(content: Mapping[str, bytes]) -> set[str]:
    """Return the words of a package's Jsonnet, and of kuplet's libraries, which read for others."""
    libraries = bundled("prototypes").glob("lib/*.libsonnet")
    texts = [
        *(content[name].decode(errors="replace") for name in content if name.endswith(_JSONNET)),
        *(path.read_text(encoding="utf-8") for path in libraries),
    ]
    return {word for text in texts for word in _WORD.findall(_COMMENT.sub("", text))}


def _cases(
    prototype: Prototype,
    content: Mapping[str, bytes],
    registry: str,
    findings: list[Finding],
) -> Iterator[_Made]:
    """Yield what a prototype makes of each of its cases; what goes wrong becomes findings."""
    files = _case_files(prototype, content)
    if not files:
        folder = f"{CASES}/NAME.yaml"
        message = f"{prototype.base_name} has no case: parameters as in an environment, in {folder}"
        findings.append(_finding("prototype-case", message, prototype.file, Severity.WARNING))
    for file in files:
        try:
            params = read_yaml(content[file].decode(), file).value or {}
            made = [
                _compiled(prototype, content, registry, params, version)
                for version in (supported_versions()[0], supported_versions()[-1])
            ]
        except (AppError, UnicodeDecodeError) as error:
            found = error.findings if isinstance(error, AppError) else ()
            findings += [_of_case(item, file) for item in found]
            continue
        said = (item for compiled in made for item in compiled.findings)
        findings += [_of_case(item, file) for item in said if item.rule not in _OF_OTHERS]
        findings += _images(made[-1], file)
        golden = f"{GOLDEN}/{file.removeprefix(f'{CASES}/')}"
        yield _Made(case=file, golden=golden, compiled=made[-1])


def _case_files(prototype: Prototype, content: Mapping[str, bytes]) -> list[str]:
    """Return the cases of a prototype: in a folder of its name where a package has several."""
    names = sorted(
        name for name in content if name.startswith(f"{CASES}/") and name.endswith(".yaml")
    )
    own = [name for name in names if name.startswith(f"{CASES}/{prototype.base_name}/")]
    return own or [name for name in names if name.count("/") == 1]


def _compiled(
    prototype: Prototype,
    content: Mapping[str, bytes],
    registry: str,
    params: object,
    kubernetes: str,
) -> CompiledEnvironment:
    """Compile an app that has the package installed; defaults are said, so they are checked too."""
    package = prototype.package.rpartition("/")[2]
    said = {
        name: spec.default for name, spec in prototype.parameters.items() if not spec.is_required
    }
    named = {"name": prototype.base_name} if "name" in said and not said["name"] else {}
    given = params if isinstance(params, dict) else {}
    entry = {
        "prototype": f"{registry}/{prototype.base_name}",
        "params": {**said, **named, **given},
    }
    with tempfile.TemporaryDirectory(prefix="kuplet-lint-") as folder:
        root = Path(folder) / "app"
        write_content(root / "vendor" / registry / package, content)
        texts = {
            "app.yaml": {
                "apiVersion": "kuplet.dev/v1",
                "kind": "App",
                "name": "lint",
                "registries": {registry: {"uri": "."}},
                "packages": {f"{registry}/{package}": ""},
            },
            "environments/lint.yaml": {
                "apiVersion": "kuplet.dev/v1",
                "kind": "Environment",
                "kubernetes": kubernetes,
                "components": {prototype.base_name: entry},
            },
        }
        for name, value in texts.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(json.dumps(value))
        return compile_environment(load_app(root), "lint", CompileOptions())


def _of_case(finding: Finding, case: str) -> Finding:
    """Say which case a finding is of, in the place of the app that was made for it."""
    span = finding.span
    is_own = span is not None and span.file.startswith("environments/")
    notes = (
        f"in the case {case}",
        *(note for note in finding.notes if "environments/" not in note),
    )
    return replace(finding, environment="", notes=notes, span=SourceSpan(case) if is_own else span)


def _images(compiled: CompiledEnvironment, case: str) -> Iterator[Finding]:
    for manifest in compiled.manifests:
        for path, container in containers_of(manifest):
            image = text_at(container, "image")
            parts = parse_image(image)
            if image and not parts.digest and parts.tag in {"", "latest"}:
                message = f"{manifest.ref}: {image} at {path} can change by itself"
                hint = "pin it: a tag other than latest, or a digest"
                yield replace(_finding("prototype-image", message, case), hint=hint)


def _compared(made: _Made, text: str, content: Mapping[str, bytes]) -> Iterator[Finding]:
    expected = content.get(made.golden)
    if expected is None:
        message = f"nobody has reviewed what {made.case} makes"
    elif expected.decode(errors="replace") != text:
        message = f"{made.case} makes something else than was reviewed"
    else:
        return
    hint = "kuplet prototype lint --update writes it; then review the difference"
    yield replace(_finding(NOT_REVIEWED, message, made.golden), hint=hint)


def _finding(rule: str, message: str, file: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(rule=rule, message=message, severity=severity, span=SourceSpan(file))
