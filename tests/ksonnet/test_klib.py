"""The library of builders, by the rules that packages rely on; each with both engines."""

import subprocess
import sys
from functools import cache
from itertools import chain

import pytest

from compiler.errors import AppError
from compiler.formats.klib.generate import generated_files
from compiler.formats.klib.library import library_files
from compiler.formats.klib.names import builder_name, setter_name
from compiler.jsonnet.evaluate import Engine, evaluate
from compiler.model.json import JsonObject, JsonValue
from compiler.model.jsonnet import JsonnetProgram
from tests.ksonnet.klib_cases import CHAINS, RULES, SCOPE

ENGINES = pytest.mark.parametrize("engine", list(Engine))
BUILDERS = "klib/builders.libsonnet"
WITH_CONTAINERS = "D1.new('n', 1, [CT.new('a', 'i'), CT.new('b', 'i')])"


def run(source: str, engine: Engine, **changed: str) -> JsonObject:
    files = {**library_files(), **changed, "main": SCOPE + source}
    return evaluate(JsonnetProgram(entry="main", files=files), engine=engine)


@cache
def values(engine: Engine) -> JsonObject:
    """Evaluate both tables at once: it takes a process a case otherwise."""
    cases = chain(RULES, CHAINS)
    return run("{" + "".join(f"{case!r}: {case},\n" for case in cases) + "}", engine)


@ENGINES
@pytest.mark.parametrize(("case", "expected"), RULES.items(), ids=list(RULES))
def test_builders_follow_the_rules(engine: Engine, case: str, expected: JsonValue) -> None:
    assert values(engine)[case] == expected


@ENGINES
@pytest.mark.parametrize(("case", "expected"), CHAINS.items(), ids=list(CHAINS))
def test_chains_of_kubeflow_packages_work(engine: Engine, case: str, expected: JsonValue) -> None:
    assert values(engine)[case] == expected


@ENGINES
def test_containers_in_a_deployment_keep_their_builders(engine: Engine) -> None:
    source = f"{WITH_CONTAINERS}.spec.template.spec.containers[0].withCommand('c')"
    assert run(source, engine) == {"name": "a", "image": "i", "command": ["c"]}


@ENGINES
@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("mapContainers(function(c) c.withImage('new'))", ["new", "new"]),
        ("mapContainersWithName('b', function(c) c.withImage('new'))", ["i", "new"]),
        ("mapContainersWithName(['a', 'x'], function(c) c.withImage('new'))", ["new", "i"]),
    ],
)
def test_containers_can_be_mapped(engine: Engine, call: str, expected: list[str]) -> None:
    source = f"local d = {WITH_CONTAINERS} + D1.{call};"
    found = run(f"{source} {{images: [c.image for c in d.spec.template.spec.containers]}}", engine)
    assert found == {"images": expected}


@ENGINES
@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("core.v1.pod", ["spec"]),
        ("batch.v1beta1.cronJob", ["spec", "jobTemplate", "spec", "template", "spec"]),
    ],
)
def test_containers_are_mapped_where_the_kind_has_them(
    engine: Engine, kind: str, path: list[str]
) -> None:
    nested = "{containers: [1]}"
    expected: JsonObject = {"containers": [2]}
    for name in reversed(path):
        nested, expected = f"{{{name}: {nested}}}", {name: expected}
    assert run(f"{nested} + k.{kind}.mapContainers(function(c) c + 1)", engine) == expected


@ENGINES
def test_a_result_of_new_has_no_builders_of_its_own(engine: Engine) -> None:
    with pytest.raises(AppError) as caught:
        run("R.role.new().withRules([])", engine)
    assert "withRules" in caught.value.findings[0].message


@ENGINES
def test_versions_that_are_not_used_are_not_read(engine: Engine) -> None:
    broken = {
        name: "this is no Jsonnet"
        for name in library_files()
        if name not in {"k.libsonnet", "k8s.libsonnet"}
    }
    assert run("k.core.v1.list.new([])", engine, **broken)["kind"] == "List"
    used = {f"klib/{name}.libsonnet" for name in ("builders", "rbac.v1", "rbac.v1beta1", "meta.v1")}
    unused = {name: text for name, text in broken.items() if name not in used}
    assert run("R.role.mixin.metadata.withName('n')", engine, **unused)


@ENGINES
def test_every_version_can_be_read(engine: Engine) -> None:
    imports = "".join(
        f"{name!r}: std.length(std.objectFieldsAll(import {name!r})) > 0,\n"
        for name in library_files()
    )
    assert all(run(f"{{{imports}}}", engine).values())


@ENGINES
def test_every_kind_has_a_version_and_a_name(engine: Engine) -> None:
    source = """
      local k8s = import 'k8s.libsonnet';
      local fields = std.objectFieldsAll;
      { [g + '.' + v + '.' + kind]: k8s[g][v][kind].new()
        for g in fields(k8s) for v in fields(k8s[g]) for kind in fields(k8s[g][v]) }
    """
    found = run(source, engine)
    assert len(found) > 100
    for name, value in found.items():
        assert isinstance(value, dict)
        assert builder_name(str(value["kind"])) == name.rpartition(".")[2]
        assert str(value["apiVersion"]).rpartition("/")[2] == name.split(".")[1]


def test_the_generated_files_are_up_to_date() -> None:
    kept = {k: v for k, v in library_files().items() if k not in {"k.libsonnet", BUILDERS}}
    assert kept == generated_files(), "run python -m compiler.formats.klib.generate"


def test_generating_twice_gives_the_same_bytes() -> None:
    code = (
        "import hashlib; from compiler.formats.klib.generate import generated_files;"
        " print(hashlib.sha256(repr(generated_files()).encode()).hexdigest())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_reading_the_library_imports_nothing_heavy() -> None:
    code = (
        "import sys; from compiler.formats.klib.library import library_files;"
        " library_files(); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {
        "kubernetes_validate",
        "jsonschema",
        "networkx",
        "compiler.formats.klib.generate",
    }
    assert not heavy & set(done.stdout.split())


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("image", "withImage"),
        ("clusterIP", "withClusterIp"),
        ("externalIPs", "withExternalIps"),
        ("nonResourceURLs", "withNonResourceUrls"),
        ("podCIDR", "withPodCidr"),
        ("openAPIV3Schema", "withOpenApiV3Schema"),
        ("local", "withLocalStorage"),
        ("$ref", "withDollarRef"),
        ("x-kubernetes-list-type", "withXKubernetesListType"),
    ],
)
def test_fields_have_the_builders_that_ksonnet_gave_them(field: str, name: str) -> None:
    assert setter_name(field) == name
