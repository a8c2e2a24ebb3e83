"""Moves a training to another kind of job, and shows what its pods are before and after."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from compiler.errors import AppError, UsageError
from compiler.formats.kuplet.edit import unknown_component
from compiler.formats.kuplet.load import ENVIRONMENTS, load_app
from compiler.formats.overlay import overlay
from compiler.kinds.kind import Life
from compiler.kinds.pods import pods_of
from compiler.kinds.table import kind_of
from compiler.model.app import App, ComponentLayer, EnvironmentFile
from compiler.model.finding import Finding, Severity
from compiler.model.json import JsonValue, same
from compiler.model.manifest import Manifest, list_at, objects_at, text_at
from compiler.stages.pod_requests import pod_requests
from compiler.stages.quantity import quantity_text
from compiler.stages.resolve import layers_of
from compiler.text.files import change_files, read_exactly
from compiler.text.yaml_edit import delete_value, set_value
from compiler.verbs.compile import compile_environment

TRAIN, TF_JOB = "kuplet/train", "kuplet/tf-job"
_RENAMED = {"num_gpus": "gpus"}
_COUNTED = ("num_masters", "num_workers")  # together the nodes
# Parameters of tf-job that train does not have, and what to do about them.
_LACKING = {
    "image_gpu": "set image in the environments with GPUs",
    "s3_secret": "use store",
    "s3_endpoint": "use store",
}
_OF_TFJOB = ("num_ps", "num_evaluators")
_DROPPED = ("restart_policy", "clean_pod_policy", "ttl_seconds_after_finished", "suspend")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pods:
    """What is the same, or is not, of the pods of a training in one environment.

    Attributes:
        rows: What is compared, before, after.
    """

    environment: str
    before: str
    after: str
    rows: tuple["Row", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Something of pods, before and after, for people.

    Attributes:
        is_same: By all of it: of variables only the names are shown.
    """

    what: str
    before: str
    after: str
    is_same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The files of an app in which a training is another kind of job.

    Attributes:
        findings: What gets lost, and what somebody must do.
    """

    texts: Mapping[str, str]
    pods: tuple[Pods, ...]
    findings: tuple[Finding, ...]


def plan_move(app: App, component: str, backend: str) -> Move:
    """Return what makes a component another kind of job; nothing is written.

    Raises:
        UsageError: There is no such component, or it cannot be moved.
        AppError: An environment does not compile, before or after.
    """
    layers = {
        name: layer
        for name, file in app.environments.items()
        if (layer := file.components.get(component))
    }
    if not layers:
        raise unknown_component(app.component_names, component)
    _check(layers, component, backend)
    dropped: list[Finding] = []
    texts = {}
    for name, layer in sorted(layers.items()):
        file = f"{ENVIRONMENTS}/{name}.yaml"
        texts[file] = _edited(app, layer, app.environments[name], backend, dropped)
    names = [name for name in app.environment_names if _trains(app, name, component)]
    with overlay(app.root, texts) as root:
        moved = load_app(root)
        pods = tuple(_compared(app, moved, name, component) for name in names)
    leaving = [each for each in pods if "TFJob" in each.before and backend != "tfjob"]
    wiring = map(_wiring, leaving[:1])
    return Move(texts=texts, pods=pods, findings=(*dropped, *wiring))


def carry_out(app: App, move: Move) -> list[str]:
    """Write the files, and return them."""
    changed = {
        file: text
        for file, text in move.texts.items()
        if text != read_exactly(app.root / file, app.root)
    }
    change_files(app.root, changed)
    return sorted(changed)


def _check(layers: Mapping[str, ComponentLayer], component: str, backend: str) -> None:
    made_of = {layer.prototype or layer.source for layer in layers.values()} - {None}
    if not made_of <= {TRAIN, TF_JOB}:
        message = f'"{component}" is made from {", ".join(sorted(map(str, made_of)))}'
        hint = f"what can be moved is made from {TF_JOB} or {TRAIN}"
        raise UsageError(Finding(rule="move-other", message=message, hint=hint))
    lacking = [
        _lacks(layer, name, hint)
        for layer in layers.values()
        for name, hint in _hints(backend).items()
        if name in layer.params and layer.params[name].value not in ("", 0)
    ]
    if lacking:
        raise UsageError(*lacking)


def _hints(backend: str) -> dict[str, str]:
    of_tfjob = "" if backend == "tfjob" else f"a {backend} has none: leave it out, or move to tfjob"
    return _LACKING | (dict.fromkeys(_OF_TFJOB, of_tfjob) if of_tfjob else {})


def _lacks(layer: ComponentLayer, name: str, hint: str) -> Finding:
    message = f'{TRAIN} has no place for "{name}"'
    return Finding(rule="move-other", message=message, span=layer.params[name].name_span, hint=hint)


def _edited(
    app: App, layer: ComponentLayer, file: EnvironmentFile, backend: str, dropped: list[Finding]
) -> str:
    """Return the text of an environment file with what it says of the component said anew."""
    shown = f"{ENVIRONMENTS}/{file.name}.yaml"
    text = read_exactly(app.root / shown, app.root)
    path = ("components", layer.name)
    is_old = _prototype(app, file.name, layer.name) == TF_JOB
    if is_old:
        for name, value in _said_anew(app, layer, file):
            text = set_value(text, (*path, "params", name), value, shown)
        for name in layer.params:
            if name in (*_RENAMED, *_COUNTED, *_DROPPED):
                text = delete_value(text, (*path, "params", name), shown)
            if name in _DROPPED:
                message = f'{TRAIN} has no place for "{name}": it is left out'
                span = layer.params[name].name_span
                note = Severity.NOTE
                dropped.append(Finding(rule="move-left", message=message, severity=note, span=span))
    if layer.prototype:
        text = set_value(text, (*path, "prototype"), TRAIN, shown)
        text = set_value(text, (*path, "params", "backend"), backend, shown)
    elif "backend" in layer.params:
        text = set_value(text, (*path, "params", "backend"), backend, shown)
    return text


def _said_anew(
    app: App, layer: ComponentLayer, file: EnvironmentFile
) -> Iterator[tuple[str, JsonValue]]:
    for old, new in _RENAMED.items():
        if old in layer.params:
            yield new, layer.params[old].value
    if any(name in layer.params for name in _COUNTED):
        counts = {"num_masters": 1, "num_workers": 0}
        for each in layers_of(app, file.name):
            said = each.components.get(layer.name)
            for name in counts if said else ():
                value = said.params[name].value if said and name in said.params else None
                counts[name] = value if isinstance(value, int) else counts[name]
        yield "nodes", sum(counts.values())


def _prototype(app: App, name: str, component: str) -> str:
    for file in reversed(layers_of(app, name)):
        layer = file.components.get(component)
        if layer and layer.prototype:
            return layer.prototype
    return ""


def _trains(app: App, name: str, component: str) -> bool:
    return any(component in file.components for file in layers_of(app, name))


def _compared(app: App, moved: App, name: str, component: str) -> Pods:
    before, after = (_jobs(each, name, component) for each in (app, moved))
    old, new = _facts(before), _facts(after)
    return Pods(
        environment=name,
        before=", ".join(str(item.ref) for item in before),
        after=", ".join(str(item.ref) for item in after),
        rows=tuple(
            Row(
                what=what,
                before=_shown(what, old.get(what, [])),
                after=_shown(what, new.get(what, [])),
                is_same=same(old.get(what), new.get(what)),
            )
            for what in dict.fromkeys([*old, *new])
        ),
    )


def _wiring(pods: Pods) -> Finding:
    return Finding(
        rule="move-wiring",
        severity=Severity.WARNING,
        message=f"{pods.after} gets no TF_CONFIG, which tells TensorFlow's processes of each other",
        hint="its program must find the others by torchrun's variables, or set TF_CONFIG",
    )


def _shown(what: str, values: Sequence[JsonValue]) -> str:
    """Return values in a line; of variables the names."""
    texts = []
    for value in values:
        if what == "env":
            names = (
                (str(item["name"]) for item in value if isinstance(item, dict))
                if isinstance(value, list)
                else ()
            )
            texts.append(", ".join(sorted(names)))
        elif isinstance(value, list):
            texts.append(" ".join(map(str, value)))
        else:
            texts.append(str(value))
    return " | ".join(dict.fromkeys(texts))


def _jobs(app: App, name: str, component: str) -> list[Manifest]:
    compiled = compile_environment(app, name)
    if errors := [item for item in compiled.findings if item.is_error]:
        raise AppError(*errors)
    return [
        item
        for item in compiled.manifests
        if item.origin.component == component and kind_of(item.ref).life is Life.RUN
    ]


def _facts(jobs: Sequence[Manifest]) -> dict[str, list[JsonValue]]:
    """Return what the pods of jobs run, with what, and how many there are; each value once."""
    found: dict[str, list[JsonValue]] = {}
    count = 0
    for pods in (each for job in jobs for each in pods_of(job)):
        count += pods.count
        asks = sorted(pod_requests(pods.spec).items())
        for container in objects_at(pods.spec, "containers"):
            env = sorted(objects_at(container, "env"), key=lambda item: text_at(item, "name"))
            facts: dict[str, JsonValue] = {
                "image": text_at(container, "image"),
                "command": list_at(container, "command"),
                "args": list_at(container, "args"),
                "env": [*env],
                "asks for": ", ".join(f"{key} {quantity_text(key, item)}" for key, item in asks),
            }
            for key, value in facts.items():
                known = found.setdefault(key, [])
                if not any(same(value, item) for item in known):
                    known.append(value)
    return {**found, "pods": [count]}
