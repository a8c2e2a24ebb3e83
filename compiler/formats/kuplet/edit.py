"""Changes an app's files: components and parameters, an entry of one file at a time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from compiler.errors import AppError, UsageError
from compiler.formats.kuplet.load import ENVIRONMENTS, unknown_environment
from compiler.formats.kuplet.manifest_files import ManifestFile
from compiler.model.app import App, Goal, Need
from compiler.model.finding import Finding
from compiler.model.json import JsonValue
from compiler.model.parameter import Setting
from compiler.model.prototype import Prototype
from compiler.model.source import SourceSpan
from compiler.stages.names import check_new_name, did_you_mean
from compiler.stages.resolve import layers_of, packages_of, prototype_in
from compiler.stages.validate.parameters import check_value
from compiler.text.files import change_files, read_exactly, write_text
from compiler.text.yaml_edit import delete_value, set_value
from compiler.text.yaml_source import read_yaml

COMPONENTS = "components"  # the folder of an app's own sources, and the key of what they make


def set_parameter(
    app: App,
    component: str,
    name: str,
    text: str,
    environment: str | None = None,
    *,
    as_string: bool = False,
) -> str:
    """Set a parameter and return the file that was edited.

    Args:
        text: The value as typed; parameters declared as text take it literally.
        environment: The environment to set it for; by default all that share the component.
        as_string: Whether to take it literally whatever is declared.

    Raises:
        AppError: The parameter does not exist, or the value does not fit.
        UsageError: There is no such component.
    """
    layer = environment or _declaring_layer(app, component)
    prototype = prototype_of(app, component, layer)
    value = typed_value(prototype, name, text, as_string=as_string)
    return _edit(app, layer, lambda old, file: set_value(old, _param(component, name), value, file))


def delete_parameter(app: App, component: str, name: str, environment: str | None = None) -> str:
    """Remove what a layer says of a parameter and return the file that was edited."""
    layer = environment or _declaring_layer(app, component)
    prototype_of(app, component, layer)
    return _edit(app, layer, lambda old, file: delete_value(old, _param(component, name), file))


def add_component(
    app: App,
    name: str,
    prototype: Prototype,
    given: Mapping[str, str],
    values: Mapping[str, JsonValue],
    environment: str | None = None,
) -> str:
    """Add a component and return the file that was edited.

    Args:
        given: Values as typed; they beat ``values``.

    Raises:
        UsageError: A component of this name exists, or a parameter is missing.
        AppError: A parameter does not exist or does not fit.
    """
    check_new_name(name, "a component")
    if name in app.component_names:
        raise component_exists(name)
    for key, value in values.items():
        check_setting(prototype, key, value, SourceSpan("--values-file"))
    typed = {key: typed_value(prototype, key, text) for key, text in given.items()}
    params = {**values, **typed}
    check_required(prototype, params)
    layer = environment or shared_layer(app)

    def with_component(text: str, file: str) -> str:
        path = ("components", name)
        text = set_value(text, (*path, "prototype"), prototype.short_name, file)
        for key, value in params.items():
            text = set_value(text, (*path, "params", key), value, file)
        return text

    return _edit(app, layer, with_component)


def add_files(app: App, files: Sequence[ManifestFile], environment: str | None = None) -> list[str]:
    """Copy each file into ``components/``, add a component made of it; return what was written.

    Raises:
        UsageError: A name cannot be used, or is taken.
        AppError: The environment file cannot be edited.
    """
    layer = environment or shared_layer(app)
    if layer not in app.environments:
        raise unknown_environment(app, layer)
    edited = f"{ENVIRONMENTS}/{layer}.yaml"
    text = read_exactly(app.root / edited, app.root)
    known = set(app.component_names)
    texts: dict[str, str] = {}
    for file in files:
        source = f"{COMPONENTS}/{file.name}{file.suffix}"
        check_new_name(file.name, "a component")
        if file.name in known:
            raise component_exists(file.name)
        _check_is_free(app.root / source, source, file)
        known.add(file.name)
        texts[source] = file.text
        text = set_value(text, (COMPONENTS, file.name, "source"), source, edited)
    texts[edited] = text
    change_files(app.root, texts)
    return list(texts)


def _check_is_free(path: Path, source: str, file: ManifestFile) -> None:
    """Check that a file may be written: what is imported may stand in its place already."""
    if not path.exists() or path.resolve() == Path(file.origin).resolve():
        return
    message = f'there is a file "{source}" already, which no component is made from'
    hint = f"import that one, or choose another name: --name {file.name}-2"
    raise UsageError(Finding(rule="component-exists", message=message, hint=hint))


def component_exists(name: str) -> UsageError:
    """Return the error for a component that would be made twice."""
    message = f'there is a component "{name}" already'
    return UsageError(Finding(rule="component-exists", message=message))


def check_required(prototype: Prototype, params: Mapping[str, JsonValue]) -> None:
    """Check that all required parameters have a value; the name is the component's own by default.

    Raises:
        UsageError: One has none.
    """
    missing = [
        spec.name
        for spec in prototype.parameters.values()
        if spec.is_required and params.get(spec.name) in ("", None) and spec.name != "name"
    ]
    if missing:
        message = f'"{prototype.short_name}" needs {", ".join(missing)}'
        hint = f"add {' '.join(f'--{item}=…' for item in missing)}"
        raise UsageError(Finding(rule="parameter-missing", message=message, hint=hint))


def remove_component(app: App, name: str) -> list[str]:
    """Remove a component from every environment file and return the files that were edited.

    Raises:
        UsageError: There is no such component, or another one needs it.
    """
    if name not in app.component_names:
        raise unknown_component(app.component_names, name)
    for file in app.environments.values():
        for layer in file.components.values():
            for need in layer.needs or ():
                if need.component == name and layer.name != name:
                    message = f'component "{layer.name}" needs "{name}"'
                    raise UsageError(
                        Finding(rule="component-needed", message=message, span=need.span)
                    )
    layers = [file.name for file in app.environments.values() if name in file.components]
    files = [f"{ENVIRONMENTS}/{layer}.yaml" for layer in layers]
    old = {file: read_exactly(app.root / file, app.root) for file in files}
    path = ("components", name)
    change_files(app.root, {file: delete_value(text, path, file) for file, text in old.items()})
    return files


def set_needs(
    app: App, component: str, needs: Sequence[Need], environment: str | None = None
) -> str:
    """Say what a component waits for, and nothing else, and return the file that was edited.

    Args:
        environment: The environment to say it for; by default all that share the component.

    Raises:
        UsageError: There is no such component, or it would wait for itself.
    """
    known = app.component_names
    for need in needs:
        if need.component == component:
            message = f'component "{component}" cannot wait for itself'
            raise UsageError(Finding(rule="dependency-cycle", message=message))
        if need.component not in known:
            raise unknown_component(known, need.component)
    layer = environment or _declaring_layer(app, component)
    prototype_of(app, component, layer)
    value: list[JsonValue] = [
        need.component
        if need.until is Goal.READY
        else {"component": need.component, "until": str(need.until)}
        for need in needs
    ]
    path = (COMPONENTS, component, "needs")
    return _edit(app, layer, lambda old, file: set_value(old, path, value, file))


def prototype_of(app: App, component: str, environment: str) -> Prototype:
    """Return what a component is made from in an environment: the strongest layer says so.

    Raises:
        UsageError: There is no such component in that environment.
    """
    files = layers_of(app, environment)
    for file in reversed(files):
        layer = file.components.get(component)
        if layer and (layer.prototype or layer.source):
            return prototype_in(app, layer, packages_of(app, files))
    if component not in app.component_names:
        raise unknown_component(app.component_names, component)
    message = f'environment "{environment}" has no component "{component}"'
    raise UsageError(Finding(rule="component-unknown", message=message))


def unknown_component(known: Iterable[str], name: str) -> UsageError:
    """Return the error for a component that does not exist."""
    message = f'there is no component "{name}"'
    hint = did_you_mean(name, known) or "make one: kuplet generate PROTOTYPE NAME"
    return UsageError(Finding(rule="component-unknown", message=message, hint=hint))


def typed_value(
    prototype: Prototype, name: str, text: str, *, as_string: bool = False
) -> JsonValue:
    """Return a value typed on the command line as its parameter's type wants it.

    Raises:
        AppError: The parameter does not exist, or the value does not fit.
    """
    spec = prototype.parameters.get(name)
    span = SourceSpan(f"{name}={text}")
    is_text = as_string or (spec is not None and spec.takes_text)
    value = text if is_text else read_yaml(text, span.file).value
    check_setting(prototype, name, value, span)
    return value


def check_setting(prototype: Prototype, name: str, value: JsonValue, span: SourceSpan) -> None:
    """Check a value from outside the app's files.

    Raises:
        AppError: The parameter does not exist, or the value does not fit.
    """
    setting = Setting(value=value, layer="the command line", span=span)
    findings = list(check_value(prototype, name, setting))
    if findings:
        raise AppError(*findings)


def shared_layer(app: App) -> str:
    """Return the environment that all others extend.

    Raises:
        UsageError: There is no single one.
    """
    roots = sorted(name for name, file in app.environments.items() if not file.extends)
    if len(roots) == 1:
        return roots[0]
    message = "no single environment is shared by all others"
    hint = f"say which one to edit: --env {' or --env '.join(roots)}" if roots else "add one first"
    raise UsageError(Finding(rule="environment-ambiguous", message=message, hint=hint))


def _param(component: str, name: str) -> Sequence[str]:
    return ("components", component, "params", name)


def _declaring_layer(app: App, component: str) -> str:
    """Return the file that says what a component is made from."""
    declaring = app.declaring_layers(component)
    if len(declaring) == 1:
        return declaring[0]
    if not declaring:
        raise unknown_component(app.component_names, component)
    message = f'component "{component}" is declared in {", ".join(declaring)}'
    hint = f"say which one to edit: --env {' or --env '.join(declaring)}"
    raise UsageError(Finding(rule="environment-ambiguous", message=message, hint=hint))


def _edit(app: App, layer: str, edit: Callable[[str, str], str]) -> str:
    if layer not in app.environments:
        raise unknown_environment(app, layer)
    path = app.root / ENVIRONMENTS / f"{layer}.yaml"
    shown = f"{ENVIRONMENTS}/{layer}.yaml"
    write_text(path, edit(read_exactly(path, app.root), shown))
    return shown
