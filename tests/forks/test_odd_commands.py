"""No arguments, files or environment that a person may give are a bug of kuplet."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import write_app
from tests.kuplet import run_kuplet

BUG = 70
WORDS = st.sampled_from(
    [
        *("web", "dev", "base", "none", "web.x", "web.x=1", "web.x=[", "name", "kuplet/minio", "-"),
        *("app.yaml", "components", "environments/dev.yaml", "..", ".", "", "é", "\x1b[2J", "a\nb"),
        *("x" * 300, "-1", "0", "1e9", "1s", "https://example.invalid", "r=x", "{a: [1, b]}", "~"),
    ]
)
TEXTS = st.text(st.characters(exclude_characters="\0"), max_size=12)
FLAGS = st.sampled_from(
    [
        *("--env", "-o", "json", "yaml", "text", "--set", "-c", "--dry-run", "--into", "--name"),
        *("--module", "--output-dir", "--values-file", "-V", "-J", "--ext-code", "--ext-str-file"),
        *("--against", "--staged", "-f", "--extends", "--kubernetes", "-n", "--debug", "--help"),
        *(
            "--convert",
            "--components",
            "--jsonnet-engine",
            "jsonnet",
            "--all",
            "--yes",
            "--context",
        ),
    ]
)
COMMANDS = st.sampled_from(
    [
        *(("compile",), ("validate",), ("review",), ("graph",), ("show",), ("init",), ("import",)),
        *(("param", each) for each in ("set", "delete", "list", "diff", "explain")),
        *(("env", each) for each in ("list", "add", "rm", "set", "describe", "current", "targets")),
        *(("component", each) for each in ("list", "rm")),
        *(("pkg", each) for each in ("list", "install", "remove", "verify", "update", "describe")),
        *(("registry", each) for each in ("list", "add", "rm", "set", "describe")),
        *(("prototype", each) for each in ("list", "describe", "preview", "search", "use")),
        *(("generate",), ("upgrade",), ("module", "list"), ("diff", "dev", "base"), ("version",)),
        *(("completion",), ("help",), ("sandbox", "status"), ("history",), ("promote",)),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("web", "components", "params", "source", "prototype", "extends", "needs"),
                    *("apiVersion", "kind", "name", "registries", "packages", "destination"),
                    *("environments", "promotion", "review", "external", "disabled", "x"),
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)
FILES = st.dictionaries(
    st.sampled_from(
        [
            *("app.yaml", "environments/dev.yaml", "environments/base.yaml", "kuplet.lock"),
            *("components/web.jsonnet", "components/params.libsonnet", ".ks_environment"),
            *("app.override.yaml", "environments/default/main.jsonnet"),
        ]
    ),
    VALUES.map(repr) | TEXTS | st.sampled_from(["{}", "[", "a: &a [*a]", "---\n---\n", "\ufeff"]),
    max_size=2,
)
ENVIRONMENTS = st.dictionaries(
    st.sampled_from(["KUBECONFIG", "KUPLET_SANDBOX_DIR", "HOME", "COLUMNS", "TMPDIR", "USER"]),
    st.sampled_from(["", "/nowhere", "app.yaml", "components", "x" * 300, "-1"]),
    max_size=2,
)
APP = {
    "environments/base.yaml": "abstract: true\n"
    "components: {web: {source: components/web.jsonnet, params: {x: 1}}}\n",
    "environments/dev.yaml": "extends: base\n",
    "components/web.jsonnet": "// @optionalParam x number 1 n\n{}\n",
}


@given(
    command=COMMANDS,
    arguments=st.lists(WORDS | FLAGS | TEXTS, max_size=5),
    files=FILES,
    env=ENVIRONMENTS,
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_command_is_a_bug(
    tmp_path: Path,
    command: tuple[str, ...],
    arguments: list[str],
    files: dict[str, str],
    env: dict[str, str],
) -> None:
    count = len(list(tmp_path.iterdir()))
    app = write_app(tmp_path / f"{count}/app", APP)
    for name, text in files.items():
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_bytes(text.encode(errors="surrogatepass"))
    safe = {"KUPLET_SANDBOX_DIR": str(app / "none"), "HOME": str(app), **env}
    done = run_kuplet(*command, *arguments, cwd=app, env=safe, timeout_s=60)
    assert done.code not in {BUG, 130}, done.stderr
    assert 0 <= done.code < BUG, done.stderr
    assert "Traceback" not in done.stderr or "--debug" in arguments
