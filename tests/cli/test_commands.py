"""Commands that write files, run as a user runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories import write_app
from tests.kuplet import Done, run_kuplet, start_kuplet

WEB = "// @param image string Image\n// @optionalParam replicas integer 1 Replicas\n" + (
    "{apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: params.name},"
    " data: {image: params.image, replicas: '' + params.replicas}}\n"
).replace("params.name", "'web'")
HOSTILE = "a\x1b]0;owned\x07\u202e"
BASE = """\
# what everybody shares
abstract: true
components:
  web:
    source: components/web.jsonnet
    params:
      image: nginx:1.27   # pinned
  extra: {source: components/web2.yaml}
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return write_app(
        tmp_path / "app",
        {
            "environments/base.yaml": BASE,
            "environments/staging.yaml": "extends: base\n",
            "environments/prod.yaml": "extends: base\n",
            "components/web.jsonnet": WEB,
            "components/web2.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: two}\n",
        },
    )


def run(app: Path, *arguments: str) -> Done:
    done = run_kuplet(*arguments, cwd=app)
    assert done.code == 0, done.stderr
    return done


def test_a_new_app_is_valid_and_takes_components(tmp_path: Path) -> None:
    run(tmp_path, "init", "shop")
    app = tmp_path / "shop"
    run(
        app,
        "generate",
        "tf-job",
        "train",
        "--image=tensorflow/tensorflow:2.19.0",
        "--num_workers",
        "2",
    )
    assert "train      num_workers  2" in run(app, "param", "list", "--set-only").stdout
    run(app, "validate")
    names = run(app, "compile", "staging", "-o", "name").stdout
    assert "tfjob.kubeflow.org/train\n" in names
    again = run_kuplet("init", "shop", cwd=tmp_path)
    assert (again.code, "holds an app already" in again.stderr) == (2, True)


def test_generate_refuses_what_would_not_compile(app: Path) -> None:
    before = (app / "environments/base.yaml").read_text()
    for arguments, message in (
        (("tf-jb", "x"), "there is no prototype"),
        (("tf-job", "x"), "needs image"),
        (("tf-job", "x", "--image=a:1", "--num_workrs=2"), 'did you mean "num_workers"?'),
        (("tf-job", "x", "--image=a:1", "--num_workers=two"), "must be an integer"),
        (("tf-job", "web", "--image=a:1"), 'there is a component "web" already'),
        (("tf-job", "x", "image=a:1"), "write --PARAM=VALUE"),
        (("tf-job", "x", "--into=prd", "--image=a:1"), 'did you mean "prod"?'),
    ):
        done = run_kuplet("generate", *arguments, cwd=app)
        assert done.code in {1, 2}
        assert message in done.stderr
    assert (app / "environments/base.yaml").read_text() == before


def test_param_set_touches_one_line_of_one_file(app: Path) -> None:
    run(app, "param", "set", "web", "replicas", "3", "--env", "prod")
    assert (app / "environments/base.yaml").read_text().endswith(BASE)
    assert (app / "environments/prod.yaml").read_text().splitlines()[2:] == [
        "extends: base", "components:", "  web:", "    params:", "      replicas: 3",
    ]  # fmt: skip
    run(app, "param", "set", "web", "image", "1.10")
    assert '      image: "1.10"   # pinned' in (app / "environments/base.yaml").read_text()
    assert "web        replicas  1        3" in run(app, "param", "diff", "staging", "prod").stdout
    run(app, "param", "delete", "web", "replicas", "--env", "prod")
    assert (app / "environments/prod.yaml").read_text().splitlines()[2:] == ["extends: base"]


def test_component_rm_removes_it_everywhere_but_not_its_source(app: Path) -> None:
    run(app, "param", "set", "web", "replicas", "3", "--env", "prod")
    run(app, "component", "rm", "web")
    assert run(app, "component", "list").stdout.splitlines()[1:] == [
        "extra      components/web2.yaml  base"
    ]
    assert (app / "components/web.jsonnet").exists()


def test_environments_are_added_and_removed(app: Path) -> None:
    run(app, "env", "add", "dev", "--context", "minikube", "-n", "dev")
    assert (
        "dev      base     1.36                dev           minikube"
        in run(app, "env", "list").stdout
    )
    refused = run_kuplet("env", "rm", "base", "--yes", cwd=app)
    assert (refused.code, "is extended by dev, prod, staging" in refused.stderr) == (2, True)
    run(app, "env", "rm", "dev", "--yes")
    assert not (app / "environments/dev.yaml").exists()


def test_an_environment_is_changed_and_renamed_where_others_extend_it(app: Path) -> None:
    run(app, "env", "current", "--set", "prod")
    run(app, "env", "set", "prod", "--context", "live", "-n", "shop", "--kubernetes", "v1.34.2")
    text = (app / "environments/prod.yaml").read_text()
    assert text.endswith(
        'extends: base\nkubernetes: "1.34"\ndestination:\n  context: live\n  namespace: shop\n'
    )
    run(app, "env", "set", "prod", "--name", "eu")
    assert (app / "environments/eu.yaml").read_text() == text
    assert run(app, "env", "current").stdout == "eu\n"
    run(app, "env", "set", "base", "--name", "shared")
    assert (app / "environments/shared.yaml").read_text().endswith(BASE)
    assert "extends: shared\n" in (app / "environments/eu.yaml").read_text()
    assert "1.34" in run(app, "env", "describe").stdout
    run(app, "env", "rm", "eu", "--yes")
    assert run(app, "env", "current").stdout == ""
    run(app, "env", "current", "--unset")


def test_commands_mean_the_current_environment_when_they_name_none(app: Path) -> None:
    run(app, "env", "current", "--set", "staging")
    assert run(app, "compile").stdout == run(app, "compile", "staging").stdout
    assert run(app, "graph").stdout == run(app, "graph", "staging").stdout
    run(app, "env", "current", "--unset")
    done = run_kuplet("compile", cwd=app)
    assert (done.code, "kuplet env current --set NAME" in done.stderr) == (2, True)


def test_parameters_may_come_from_a_file_and_flags_beat_it(app: Path) -> None:
    (app / "sizes.libsonnet").write_text("{ workers: 2 }")
    (app / "values.jsonnet").write_text(
        "local s = import 'sizes.libsonnet'; { image: 'a:' + 1, num_workers: s.workers }"
    )
    run(app, "generate", "tf-job", "train", "--values-file", "values.jsonnet", "--image", "b:2")
    listed = run(app, "param", "list", "train", "--set-only").stdout
    assert [line.split()[1:] for line in listed.splitlines()[1:]] == [
        ["image", "b:2"], ["num_workers", "2"],
    ]  # fmt: skip


def test_a_new_app_takes_the_flags_of_ksonnet(tmp_path: Path) -> None:
    (tmp_path / "swagger.json").write_text('{"info": {"version": "v1.33.4"}}')
    run(
        tmp_path, "init", "shop", "--env", "default", "--server", "https://10.0.0.1", "-n", "web",
        "--api-spec", "file:swagger.json", "--skip-default-registries",
    )  # fmt: skip
    assert run(tmp_path / "shop", "env", "list").stdout.splitlines()[1].split() == [
        "default", "base", "1.33", "web", "https://10.0.0.1",
    ]  # fmt: skip


def test_an_output_directory_is_kept_in_step_and_foreign_files_stay(app: Path) -> None:
    out = app / "out"
    run(app, "compile", "staging", "--output-dir", "out")
    (out / "notes.txt").write_text("mine")
    assert sorted(path.name for path in out.iterdir()) == [
        "1-configmap-demo-staging-two.yaml", "2-configmap-demo-staging-web.yaml",
        "index.json", "notes.txt",
    ]  # fmt: skip
    run(app, "compile", "staging", "-c", "extra", "--output-dir", "out")
    assert sorted(path.name for path in out.iterdir()) == [
        "1-configmap-demo-staging-two.yaml", "index.json", "notes.txt",
    ]  # fmt: skip
    index = json.loads((out / "index.json").read_text())
    assert [item["object"] for item in index["objects"]] == ["configmap/two"]
    (out / "2-configmap-demo-staging-web.yaml").write_text("somebody else's")
    refused = run_kuplet("compile", "staging", "--output-dir", "out", cwd=app)
    assert (refused.code, "was not written by kuplet" in refused.stderr) == (2, True)


@pytest.mark.parametrize("seed", ["0", "1", "77"])
def test_the_same_input_gives_the_same_bytes(app: Path, seed: str) -> None:
    env = {"PYTHONHASHSEED": seed, "LC_ALL": "C" if seed == "0" else "C.UTF-8", "TZ": f"UTC+{seed}"}
    found = start_kuplet("compile", "prod", cwd=app, env=env).stdout
    assert found == run(app, "compile", "prod").stdout


@pytest.mark.parametrize("arguments", [("init", HOSTILE), (HOSTILE,), ("diff", f"--{HOSTILE}")])
def test_what_is_no_argument_commands_no_terminal(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = run_kuplet(*arguments, cwd=tmp_path)
    assert done.code == 2
    assert "\\x1b]0;owned\\x07\\u202e" in done.stderr
    assert not {"\x1b", "\x07", "\u202e"} & {*done.stderr}


def test_outside_an_app_the_error_says_what_to_do(tmp_path: Path) -> None:
    done = run_kuplet("compile", "staging", cwd=tmp_path)
    assert (done.code, "error[app-not-found]: no app.yaml in" in done.stderr) == (2, True)
    assert "kuplet init NAME" in done.stderr


def test_an_unknown_command_suggests_the_nearest(tmp_path: Path) -> None:
    done = run_kuplet("aply", cwd=tmp_path)
    assert (done.code, 'did you mean "apply"?' in done.stderr) == (2, True)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(shell: str, tmp_path: Path) -> None:
    assert "kuplet" in run(tmp_path, "completion", shell).stdout


def test_every_command_has_help(tmp_path: Path) -> None:
    text = run(tmp_path, "--help").stdout
    for name in ("init", "generate", "compile", "validate", "graph", "diff", "apply", "sandbox"):
        assert name in text
        assert "Usage: kuplet" in run(tmp_path, name, "--help").stdout


def test_help_may_be_asked_for_as_in_ksonnet(tmp_path: Path) -> None:
    asked = run_kuplet("help", "param", "set", cwd=tmp_path)
    assert asked == run_kuplet("param", "set", "--help", cwd=tmp_path)
    assert run_kuplet("help", cwd=tmp_path) == run_kuplet("--help", cwd=tmp_path)
    assert run_kuplet("help", "shwo", cwd=tmp_path).code == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("apply", "staging", "--gc-tag", "x"), "knows its objects by their labels"),
        (("apply", "staging", "--kubeconfig=x"), "variable KUBECONFIG"),
        (("diff", "staging", "-n", "x"), "kuplet env set"),
        (("show", "staging", "--dir", "."), "kuplet --dir DIRECTORY COMMAND"),
        (("-v", "show", "staging"), "kuplet --debug"),
    ],
)
def test_a_flag_of_ksonnet_that_is_gone_says_what_replaces_it(
    app: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = run_kuplet(*arguments, cwd=app)
    assert done.code == 2
    assert words in done.stderr


def test_versions_are_printed_as_json(tmp_path: Path) -> None:
    assert "kuplet" in json.loads(run(tmp_path, "version", "-o", "json").stdout)


def test_prototypes_are_listed_described_and_previewed(tmp_path: Path) -> None:
    assert "kuplet/tf-job" in run(tmp_path, "prototype", "list").stdout
    described = run(tmp_path, "prototype", "describe", "tf-job").stdout
    assert "num_workers" in described
    assert "read on: kuplet prototype describe kuplet/tf-job --readme" in described
    assert "# " in run(tmp_path, "prototype", "describe", "tf-job", "--readme").stdout
    preview = run(tmp_path, "prototype", "preview", "minio", "--storage=1Gi").stdout
    assert "storage: 1Gi" in preview


def test_jsonnet_variables_and_search_paths_reach_the_components(app: Path) -> None:
    (app / "lib").mkdir()
    (app / "lib/names.libsonnet").write_text("{ suffix: 'x' }")
    (app / "text.txt").write_text("from a file")
    (app / "components/web.jsonnet").write_text(
        "// @param image string Image\nlocal names = import 'names.libsonnet';\n"
        "{apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: 'web-' + names.suffix}, data: {\n"
        "  pseudo: import 'param://image', scope: params.image, namespace: env.namespace,\n"
        "  text: std.extVar('text'), code: '' + (std.extVar('code') + 1),"
        " file: std.extVar('file')}}\n"
    )
    done = run(
        app, "compile", "staging", "-c", "web", "-o", "json", "-J", "lib", "-V", "text=hello",
        "--ext-code", "code=41", "--ext-str-file", "file=text.txt",
    )  # fmt: skip
    (found,) = json.loads(done.stdout)["items"]
    assert found["metadata"]["name"] == "web-x"
    assert found["data"] == {
        "pseudo": "nginx:1.27", "scope": "nginx:1.27", "namespace": "demo-staging",
        "text": "hello", "code": "42", "file": "from a file",
    }  # fmt: skip


def test_environment_names_are_completed(app: Path) -> None:
    env = {"_KUPLET_COMPLETE": "bash_complete", "COMP_WORDS": "kuplet compile p", "COMP_CWORD": "2"}
    code = "import sys; sys.argv = ['kuplet']; from compiler.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=app, env={**os.environ, **env},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["plain,prod"]


def test_an_empty_component_name_is_no_way_to_say_all(app: Path) -> None:
    done = run_kuplet("compile", "staging", "-c", "", cwd=app)
    assert (done.code, "the name of a component is empty" in done.stderr) == (2, True)


def test_a_parameter_is_set_only_where_its_component_exists(app: Path) -> None:
    text = "components: {only: {source: components/web2.yaml}}\n"
    (app / "environments/prod.yaml").write_text((app / "environments/prod.yaml").read_text() + text)
    done = run_kuplet("param", "set", "only", "x", "1", "--env", "staging", cwd=app)
    assert done.code == 2
    assert 'environment "staging" has no component "only"' in done.stderr


def test_one_broken_environment_does_not_hide_the_others(app: Path) -> None:
    (app / "environments/broken.yaml").write_text(
        "apiVersion: kuplet.dev/v1\nkind: Environment\nextends: base\n"
        "components: {web: {params: {replicas: x}}}\n"
    )
    lines = run(app, "env", "list").stdout.splitlines()
    assert [line.split()[:3] for line in lines[1:]] == [
        ["broken", "base", "invalid"], ["prod", "base", "1.36"], ["staging", "base", "1.36"],
    ]  # fmt: skip


def test_inside_a_cluster_a_pinned_context_is_still_looked_up(app: Path) -> None:
    run(app, "env", "add", "live", "--context", "prod")
    env = {
        "KUBERNETES_SERVICE_HOST": "10.0.0.1",
        "KUBERNETES_SERVICE_PORT": "443",
        "HOME": "/nowhere",
    }
    done = run_kuplet("diff", "live", cwd=app, env=env)
    assert (done.code, "error[context-unknown]" in done.stderr) == (3, True)


def test_two_old_versions_of_one_object_are_found_after_the_conversion(tmp_path: Path) -> None:
    ingress = (
        "kind: Ingress\nmetadata: {name: web}\nspec: {backend: {serviceName: a, servicePort: 1}}\n"
    )
    app = write_app(
        tmp_path,
        {
            "components/a.yaml": f"apiVersion: extensions/v1beta1\n{ingress}",
            "components/b.yaml": f"apiVersion: networking.k8s.io/v1beta1\n{ingress}",
            "environments/dev.yaml": "components:\n  a: {source: components/a.yaml}\n"
            "  b: {source: components/b.yaml}\n",
        },
    )
    done = run_kuplet("compile", "dev", "--convert", cwd=app)
    assert (done.code, "Ingress/demo-dev/web is defined twice" in done.stderr) == (1, True)


def test_environments_that_cannot_be_read_are_no_valid_app(app: Path) -> None:
    (app / "environments").rename(app / "elsewhere")
    done = run_kuplet("validate", cwd=app)
    assert (done.code, 'cannot read "environments": no such file' in done.stdout) == (1, True)
    (app / "environments").write_text("a file")
    done = run_kuplet("validate", cwd=app)
    assert (done.code, 'cannot read "environments": not a directory' in done.stdout) == (1, True)


def test_the_list_of_parameters_has_what_was_never_set(tmp_path: Path) -> None:
    run(tmp_path, "init", "shop")
    app = tmp_path / "shop"
    run(app, "generate", "tf-job", "my-training", "--image=a:1")
    run(app, "generate", "core", "kubeflow-core")
    rows = [line.split() for line in run(app, "param", "list").stdout.splitlines()]
    assert rows[0] == ["COMPONENT", "PARAM", "VALUE"]
    assert ["my-training", "name", "my-training"] in rows
    assert {row[0] for row in rows[1:]} == {"kubeflow-core", "my-training"}
    counts = run(app, "param", "list", "--env", "staging").stdout.splitlines()
    assert [line.split() for line in counts] == rows
    short = run(app, "param", "list", "--set-only", "-o", "wide").stdout.splitlines()
    assert [line.split()[:3] for line in short[1:]] == [["my-training", "image", "a:1"]]


def test_a_list_of_parameters_says_which_environment_overrides_one(app: Path) -> None:
    run(app, "param", "set", "web", "replicas", "5", "--env", "prod")
    rows = [line.split() for line in run(app, "param", "list", "web").stdout.splitlines()]
    assert rows == [
        ["COMPONENT", "PARAM", "VALUE", "SET", "BY"],
        ["web", "image", "nginx:1.27", "environments/base.yaml:9"],
        ["web", "replicas", "1", "default,", "components/web.jsonnet:2"],
        ["web", "replicas", "5", "environments/prod.yaml:7"],
    ]
