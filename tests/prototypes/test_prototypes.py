"""Every case of every built-in prototype: golden, both engines, oldest and newest Kubernetes.

A case is ``prototypes/PACKAGE/cases/CASE.yaml``, a mapping of parameters.
"""

import json
import re
from pathlib import Path

import pytest
import yaml

from compiler.formats.kuplet.load import load_app
from compiler.text.yaml_source import read_yaml
from compiler.bundled import bundled
from compiler.cli.report.manifests import manifests_text
from compiler.jsonnet.evaluate import Engine
from compiler.kinds.pods import pods_of
from compiler.model.compiled import CompiledEnvironment
from compiler.model.json import JsonObject
from compiler.model.manifest import objects_at
from compiler.formats.options import CompileOptions
from compiler.verbs.compile import compile_environment
from compiler.registry.library import library
from compiler.stages.validate.json_schema import check_schema
from compiler.stages.validate.kubernetes_schemas import supported_versions
from tests.factories import write_app

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(
    f"{file.parent.parent.name}/{file.stem}"
    for file in bundled("prototypes").glob("*/cases/*.yaml")
)
PACKAGES = sorted(case.partition("/")[0] for case in CASES)


def compile_case(
    tmp_path: Path, case: str, *, kubernetes: str = "1.36", engine: Engine = Engine.GO
) -> CompiledEnvironment:
    package, _, name = case.partition("/")
    params = read_yaml(
        (bundled("prototypes") / package / "cases" / f"{name}.yaml").read_text(), name
    )
    return compile_params(
        tmp_path, package, params.value or {}, kubernetes=kubernetes, engine=engine
    )


def compile_params(
    tmp_path: Path,
    package: str,
    params: object,
    *,
    kubernetes: str = "1.36",
    engine: Engine = Engine.GO,
) -> CompiledEnvironment:
    entry = {"prototype": f"kuplet/{package}", "params": params}
    component = {"core": "kubeflow-core", "minio": "storage", "tf-job": "train"}.get(
        package, package
    )
    text = (
        f'kubernetes: "{kubernetes}"\ndestination: {{namespace: mnist}}\n'
        f"components: {json.dumps({component: entry})}\n"
    )
    app = load_app(write_app(tmp_path, {"environments/prod.yaml": text}))
    return compile_environment(app, "prod", CompileOptions(engine=engine))


@pytest.mark.parametrize("case", CASES)
def test_objects_are_what_was_reviewed(case: str, tmp_path: Path, *, update_golden: bool) -> None:
    found = manifests_text(compile_case(tmp_path, case).manifests, "yaml", mask=False)
    expected = GOLDEN / f"{case.replace('/', '-')}.yaml"
    if update_golden:
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_both_engines_give_the_same_objects(case: str, tmp_path: Path) -> None:
    first, second = (compile_case(tmp_path, case, engine=engine) for engine in Engine)
    assert first.digest == second.digest


# Since when Kubernetes has what a case asks for.
SINCE = {"train/device-class": "1.34"}


@pytest.mark.parametrize("is_oldest", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_objects_are_valid_on_the_oldest_and_newest_kubernetes(
    case: str, tmp_path: Path, *, is_oldest: bool
) -> None:
    versions = supported_versions()
    kubernetes = SINCE.get(case, versions[0]) if is_oldest else versions[-1]
    findings = compile_case(tmp_path, case, kubernetes=kubernetes).findings
    assert [finding.message for finding in findings if finding.is_error] == []


@pytest.mark.parametrize("case", CASES)
def test_no_credential_is_written_and_no_image_is_unpinned(case: str, tmp_path: Path) -> None:
    for manifest in compile_case(tmp_path, case).manifests:
        if manifest.ref.kind == "Secret":
            assert not {"data", "stringData"} & set(manifest.body)
        for image in _images(manifest.body):
            assert ":" in image.rpartition("/")[2], image
            assert not image.endswith(":latest"), image


@pytest.mark.parametrize("name", list(library()))
def test_defaults_satisfy_the_prototypes_own_schema(name: str) -> None:
    prototype = library()[name]
    declared = prototype.schema.get("properties", {})
    assert isinstance(declared, dict)
    assert set(declared) <= set(prototype.parameters)
    for spec in prototype.parameters.values():
        rules = declared.get(spec.name)
        if not spec.is_required and isinstance(rules, dict):
            assert check_schema(spec.default, rules) == [], spec.name


@pytest.mark.parametrize("package", sorted(set(PACKAGES)))
def test_a_package_has_all_that_people_look_for(package: str) -> None:
    folder = bundled("prototypes") / package
    for name in ("parts.yaml", "README.md", "example.yaml"):
        assert (folder / name).is_file(), name
    readme = (folder / "README.md").read_text(encoding="utf-8")
    for spec in library()[f"kuplet/{package}"].parameters.values():
        assert f"`{spec.name}`" in readme, spec.name
    assert "\n## When it runs\n" in readme or "\n## Logging in\n" in readme
    assert "\n## When it does not come up\n" in readme


@pytest.mark.parametrize("package", sorted(set(PACKAGES)))
def test_the_example_of_a_package_compiles(package: str, tmp_path: Path) -> None:
    text = (bundled("prototypes") / package / "example.yaml").read_text(encoding="utf-8")
    app = load_app(write_app(tmp_path, {"environments/prod.yaml": text}))
    compiled = compile_environment(app, "prod")
    assert [finding.message for finding in compiled.findings if finding.is_error] == []


@pytest.mark.parametrize("kubernetes", [supported_versions()[0], supported_versions()[-1]])
def test_the_prototypes_of_ksonnet_are_valid_on_the_oldest_and_newest_kubernetes(
    kubernetes: str, tmp_path: Path
) -> None:
    text = (bundled("prototypes") / "ksonnet" / "example.yaml").read_text(encoding="utf-8")
    text += f'kubernetes: "{kubernetes}"\n'
    app = load_app(write_app(tmp_path, {"environments/prod.yaml": text}))
    used = {layer.prototype for layer in app.environments["prod"].components.values()}
    assert used == {name for name in library() if name.startswith("ksonnet/")}
    findings = compile_environment(app, "prod").findings
    assert [finding.message for finding in findings if finding.is_error] == []


IMAGE = re.compile(r"""(?<![\w./-])[a-z0-9][a-z0-9.-]*(?:/[a-z0-9._-]+)+:[\w][\w.-]*""")


def test_every_default_image_is_in_the_table_of_images() -> None:
    """What a parameter, or the library of a prototype, names without being asked."""
    sources = [
        file
        for kind in ("*.jsonnet", "*.libsonnet")
        for file in bundled("prototypes").rglob(kind)
        if "ksonnet" not in file.parts
    ]
    used = {image for file in sources for image in IMAGE.findall(file.read_text("utf-8"))}
    table = (Path(__file__).parents[2] / "docs/images.md").read_text("utf-8")
    listed = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
    assert used == listed


def _images(value: object) -> list[str]:
    if isinstance(value, list):
        return [image for item in value for image in _images(item)]
    if not isinstance(value, dict):
        return []
    own = [value["image"]] if isinstance(value.get("image"), str) else []
    return own + [image for item in value.values() for image in _images(item)]


TF_JOB = {"num_workers": 3, "num_gpus": 2}
TRAIN = {"backend": "tfjob", "nodes": 4, "gpus": 2}


@pytest.mark.parametrize(
    "alike",
    [
        {},
        {"args": ["--epochs", 20], "env": {"SEED": 42}, "cpu": 4, "memory": "16Gi"},
        {"command": ["python", "train.py"], "num_ps": 2, "num_evaluators": 1, "pvc": "datasets"},
        {"store": "storage", "queue": "gpus", "priority": "high", "backoff_limit": 7},
        {"node_selector": {"a": "b"}, "priority_class": "batch", "active_deadline_seconds": 60},
    ],
)
def test_a_tfjob_of_train_is_the_one_that_tf_job_makes(
    alike: dict[str, object], tmp_path: Path
) -> None:
    same: dict[str, object] = {"name": "train", "image": "ghcr.io/example/mnist:1.0.0", **alike}
    old = compile_params(tmp_path / "old", "tf-job", same | TF_JOB)
    new = compile_params(tmp_path / "new", "train", same | TRAIN)
    assert [manifest.body for manifest in new.manifests] == [m.body for m in old.manifests]
    assert len(new.manifests) == 1


@pytest.mark.parametrize("backend", ["trainjob", "pytorchjob", "jobset"])
def test_the_pods_of_all_backends_have_the_same_program_and_resources(
    backend: str, tmp_path: Path
) -> None:
    params: dict[str, object] = {
        "image": "ghcr.io/example/cifar:1.0.0",
        "command": ["torchrun", "train.py"],
        "args": ["--learning-rate=0.01"],
        "env": {"SEED": 42},
        "nodes": 3,
        "gpus": 2,
        "store": "storage",
    }

    def programs(backend: str) -> tuple[int, set[str]]:
        compiled = compile_params(tmp_path / backend, "train", params | {"backend": backend})
        templates = [
            template
            for manifest in compiled.manifests
            for template in pods_of(manifest)
        ]
        return sum(template.count for template in templates), {
            json.dumps(_asked_for(container), sort_keys=True)
            for template in templates
            for container in objects_at(template.spec, "containers")
        }

    assert programs(backend) == programs("tfjob")


def _asked_for(container: JsonObject) -> JsonObject:
    """Return what the user asked for; how processes find each other is each controller's own."""
    wiring = re.compile("PET_|MASTER_")
    env = [item for item in objects_at(container, "env") if not wiring.match(str(item["name"]))]
    asked = {field: container.get(field) for field in ("image", "command", "args", "resources")}
    return {**asked, "env": [*env]}


def test_yaml_output_is_read_back_the_same_by_another_parser(tmp_path: Path) -> None:
    compiled = compile_case(tmp_path, CASES[0])
    text = manifests_text(compiled.manifests, "yaml", mask=False)
    assert list(yaml.safe_load_all(text)) == [manifest.body for manifest in compiled.manifests]


def test_the_tfjob_schema_that_ships_is_the_one_that_core_installs(tmp_path: Path) -> None:
    """An app whose cluster has the definition already is checked against the same rules."""
    shipped = json.loads((bundled("schemas") / "crds/kubeflow.org/TFJob.json").read_text())
    installed = [
        manifest.body["spec"]
        for manifest in compile_case(tmp_path, "core/default").manifests
        if manifest.ref.kind == "CustomResourceDefinition"
    ]
    assert installed == [shipped["spec"]]
