"""What is kept between runs is never a wrong answer, whatever is done to an app between them."""

import marshal
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from compiler.cache import inputs
from compiler.cache.recording import begin_recording, recording
from compiler.cache.store import SUFFIX, content_of, keep_answer, read_answer
from compiler.cache.upkeep import MOST_BYTES, kept, make_room
from tests.factories import write_app
from tests.kuplet import Done, run_kuplet
from tests.registry.places import write_package

SOURCE = """\
// @optionalParam replicas number 1 How many
// @optionalParam word string a A word
local own = import 'own.libsonnet';
local text = importstr 'data/text.txt';
{
  settings: {
    apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web' },
    data: { word: import 'param://word', own: own.word, text: text },
  },
  web: {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' },
    spec: {
      replicas: import 'param://replicas', selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } },
                  spec: { containers: [{ name: 'web', image: 'nginx:1' }] } },
    },
  },
}
"""
PLAIN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain}\ndate: {a: b}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n"
WEB = "web: {source: components/web.jsonnet}\n"
FILES = {
    "environments/base.yaml": f"abstract: true\ncomponents:\n  {WEB}",
    "environments/dev.yaml": "extends: base\n",
    "environments/prod.yaml": "extends: base\n",
    "components/web.jsonnet": SOURCE,
    "components/own.libsonnet": "{word: 'beside'}\n",
    "data/text.txt": "one\n",
}
COMMANDS = (("compile", "dev"), ("compile", "prod", "-o", "json"), ("validate",), ("show", "dev"))


def environment(cache: Path, **more: str) -> dict[str, str]:
    return {"KUPLET_NO_CACHE": "", "KUPLET_CACHE_DIR": str(cache), **more}


def everything(cache: Path) -> list[Path]:
    return sorted((cache / "answers").glob(f"*{SUFFIX}"))


def loaded(file: Path) -> Any:
    content = content_of(str(file))
    assert content is not None
    return marshal.loads(content)  # noqa: S302  kuplet wrote it


def answers(cache: Path) -> list[Path]:
    return [file for file in everything(cache) if isinstance(loaded(file), tuple)]


def verdicts(cache: Path) -> set[Path]:
    return {file for file in everything(cache) if isinstance(loaded(file), dict)}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return write_app(tmp_path / "app", FILES)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_an_answer_is_given_again_to_the_last_byte(app: Path, cache: Path) -> None:
    first = run_kuplet("compile", "dev", cwd=app, env=environment(cache))
    assert len(answers(cache)) == 1
    (kept_file,) = answers(cache)
    written = kept_file.stat().st_mtime_ns
    assert run_kuplet("compile", "dev", cwd=app, env=environment(cache)) == first
    assert run_kuplet("compile", "dev", cwd=app) == first
    assert kept_file.stat().st_mtime_ns >= written
    assert kept_file.stat().st_mode & 0o777 == 0o600


WATCHED = """\
import os, sys
root, opened = os.getcwd(), set()
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        path = os.path.abspath(arguments[0])
        if path.startswith(root + os.sep) and not arguments[2] & (os.O_WRONLY | os.O_DIRECTORY):
            opened.add(path)
sys.addaudithook(watch)
from compiler.cli.main import main
try:
    main()
finally:
    sys.stderr.write("\\n".join(["", *sorted(opened)]))
"""


@pytest.mark.parametrize("arguments", [("compile", "dev"), ("validate",)])
def test_every_file_that_is_opened_belongs_to_the_answer(
    app: Path, cache: Path, arguments: tuple[str, ...]
) -> None:
    plain = "extends: base\ncomponents:\n  plain: {source: components/plain.yaml}\n"
    write_app(app, {"environments/dev.yaml": plain, "components/plain.yaml": PLAIN})
    env = {**os.environ, **environment(cache)}
    command = [sys.executable, "-c", WATCHED, *arguments]
    done = subprocess.run(command, cwd=app, env=env, capture_output=True, check=False, text=True)
    (file,) = answers(cache)
    _, _, _, read, _, _ = loaded(file)
    opened = {line for line in done.stderr.splitlines() if line.startswith(str(app))}
    assert str(app / "components/plain.yaml") in opened
    assert opened <= set(read)


def test_findings_and_the_exit_code_belong_to_the_answer(app: Path, cache: Path) -> None:
    (app / "environments/dev.yaml").write_text(
        "apiVersion: kuplet.dev/v1\nkind: Environment\nextends: base\ncomponents:\n"
        "  bad: {source: components/bad.yaml}\n"
    )
    (app / "components/bad.yaml").write_text(PLAIN)
    found = [run_kuplet("validate", "dev", cwd=app, env=environment(cache)) for _ in range(2)]
    assert len(answers(cache)) == 1
    assert found[0] == found[1]
    assert found[0].code == 1
    assert 'unknown field "date"' in found[0].stdout


def test_only_the_environment_that_changes_is_looked_at_again(app: Path, cache: Path) -> None:
    def validated() -> tuple[str, set[Path]]:
        done = run_kuplet("validate", cwd=app, env=environment(cache))
        assert done == run_kuplet("validate", cwd=app)
        return done.stdout, verdicts(cache)

    _, first = validated()
    assert len(first) == 2
    times = {file.stat().st_ino for file in first}
    with (app / "environments/prod.yaml").open("a") as file:
        file.write("components:\n  web: {params: {replicas: 2}}\n")
    _, second = validated()
    assert second == first
    assert len(times & {file.stat().st_ino for file in second}) == 1  # the other is written anew

    (app / "components/own.libsonnet").write_text("{word: 5}\n")
    said, third = validated()
    assert "(dev, prod)" in said  # what the verdict on dev was made of belongs to the answer, too
    assert third == first


def test_a_package_of_one_environment_makes_all_be_looked_at_again(app: Path, cache: Path) -> None:
    with (app / "app.yaml").open("a") as file:
        file.write("registries: {ml: {uri: 'https://git.example.com/ml.git'}}\n")
    write_package(app / "vendor/ml/core@v1", "ml", "core", "hub")
    assert run_kuplet("validate", cwd=app, env=environment(cache)).code == 0
    assert len(verdicts(cache)) == 2
    with (app / "environments/dev.yaml").open("a") as file:
        file.write("packages: {ml/core: v1}\n")
    assert run_kuplet("validate", cwd=app, env=environment(cache)).code == 0
    assert len(verdicts(cache)) == 4  # a name may mean another prototype now, in each of them


def test_what_was_found_in_an_environment_is_found_again(app: Path, cache: Path) -> None:
    (app / "environments/dev.yaml").write_text(
        "apiVersion: kuplet.dev/v1\nkind: Environment\nextends: base\ncomponents:\n"
        "  bad: {source: components/bad.yaml}\n"
    )
    (app / "components/bad.yaml").write_text(PLAIN)
    for _ in range(2):
        assert run_kuplet("validate", cwd=app, env=environment(cache)).code == 1
        assert len(verdicts(cache)) == 1
    for setting in ("web.replicas=1", "web.replicas=x"):
        arguments = ("validate", "prod", "--set", setting)
        done = run_kuplet(*arguments, cwd=app, env=environment(cache))
        assert done == run_kuplet(*arguments, cwd=app)


def test_no_cache_takes_nothing_and_keeps_nothing(app: Path, cache: Path) -> None:
    run_kuplet("compile", "dev", "--no-cache", cwd=app, env=environment(cache))
    assert answers(cache) == []


def test_nothing_with_the_values_of_a_secret_is_kept(app: Path, cache: Path) -> None:
    (app / "components/own.yaml").write_text(SECRET)
    with (app / "environments/base.yaml").open("a") as file:
        file.write("  own: {source: components/own.yaml}\n")
    done = run_kuplet("compile", "dev", cwd=app, env=environment(cache))
    assert "hunter2" in done.stdout
    assert answers(cache) == []
    run_kuplet("validate", cwd=app, env=environment(cache))
    assert all(b"hunter2" not in file.read_bytes() for file in everything(cache))


def test_what_fails_is_not_kept(app: Path, cache: Path) -> None:
    (app / "components/own.libsonnet").write_text("{word: error 'no'}")
    for command in ("compile", "validate"):
        assert run_kuplet(command, "dev", cwd=app, env=environment(cache)).code == 1
    assert answers(cache) == []


def test_the_current_environment_is_part_of_the_question(app: Path, cache: Path) -> None:
    for name in ("dev", "prod", "dev"):
        assert run_kuplet("env", "current", "--set", name, cwd=app).code == 0
        done = run_kuplet("compile", "-o", "yaml", cwd=app, env=environment(cache))
        assert f"kuplet.dev/environment: {name}" in done.stdout


def test_a_link_that_leads_to_another_app_asks_another_question(app: Path, cache: Path) -> None:
    other = shutil.copytree(app, app.with_name("other"))
    (other / "data/text.txt").write_text("of the other\n")
    current = app.with_name("current")
    current.symlink_to(app)
    arguments = ("--dir", str(current), "compile", "dev")
    first = run_kuplet(*arguments, cwd=app.parent, env=environment(cache))
    assert "text: |\n    one\n" in first.stdout
    current.unlink()
    current.symlink_to(other)
    second = run_kuplet(*arguments, cwd=app.parent, env=environment(cache))
    assert "of the other" in second.stdout


@pytest.mark.parametrize("place", ["../elsewhere", ".git/elsewhere"])
def test_a_directory_that_nobody_looks_through_keeps_nothing(
    app: Path, cache: Path, place: str
) -> None:
    (app / place).mkdir(parents=True)
    (app / "vendor").symlink_to(place)
    assert run_kuplet("compile", "dev", cwd=app, env=environment(cache)).code == 0
    assert answers(cache) == []


def test_a_pipe_in_the_place_of_a_file_holds_nothing_up(app: Path, cache: Path) -> None:
    assert run_kuplet("compile", "dev", cwd=app, env=environment(cache)).code == 0
    (app / "data/text.txt").unlink()
    os.mkfifo(app / "data/text.txt")
    assert run_kuplet("compile", "dev", cwd=app, env=environment(cache)).code == 1


def test_a_damaged_answer_is_none(app: Path, cache: Path) -> None:
    first = run_kuplet("compile", "dev", cwd=app, env=environment(cache))
    (file,) = answers(cache)
    whole = file.read_bytes()
    for damage in (b"", whole[:50], whole[:-1], whole[:100] + b"x" + whole[101:]):
        file.write_bytes(damage)
        verified = run_kuplet("cache", "verify", cwd=app, env=environment(cache))
        assert (verified.code, everything(cache)) == (1, [])
        file.write_bytes(damage)
        assert run_kuplet("compile", "dev", cwd=app, env=environment(cache)) == first
    assert run_kuplet("cache", "verify", cwd=app, env=environment(cache)).code == 0


def test_what_others_may_write_is_not_believed(app: Path, cache: Path) -> None:
    first = run_kuplet("compile", "dev", cwd=app, env=environment(cache))
    (cache / "answers").chmod(0o777)
    (file,) = answers(cache)
    before = file.stat().st_mtime_ns
    assert run_kuplet("compile", "dev", cwd=app, env=environment(cache)) == first
    assert file.stat().st_mtime_ns == before


def test_a_place_that_cannot_be_used_costs_nothing_but_time(app: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    first = run_kuplet("compile", "dev", cwd=app)
    assert run_kuplet("compile", "dev", cwd=app, env=environment(file)) == first


def test_what_cannot_be_looked_at_is_not_kept(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUPLET_NO_CACHE")
    monkeypatch.setenv("KUPLET_CACHE_DIR", str(cache))
    begin_recording(str(tmp_path), str(tmp_path / "gone"), "")
    assert recording() is None


def test_many_at_once_and_kills_leave_whole_answers(app: Path, cache: Path) -> None:
    expected = run_kuplet("compile", "dev", cwd=app).stdout
    command = [sys.executable, "-m", "compiler", "compile", "dev"]
    env = {**os.environ, **environment(cache)}

    def killed(delay_s: float) -> None:
        process = subprocess.Popen(command, cwd=app, env=env, stdout=subprocess.DEVNULL)
        time.sleep(delay_s)
        process.send_signal(signal.SIGKILL)
        process.wait()

    with ThreadPoolExecutor(8) as pool:
        kills = [pool.submit(killed, 0.1 + 0.05 * index) for index in range(6)]
        runs = [
            pool.submit(run_kuplet, "compile", "dev", cwd=app, env=environment(cache))
            for _ in range(6)
        ]
        assert {run.result().stdout for run in runs} == {expected}
        for kill in kills:
            kill.result()
    assert run_kuplet("cache", "verify", cwd=app, env=environment(cache)).code == 0


def test_there_is_not_more_than_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUPLET_NO_CACHE")
    monkeypatch.setenv("KUPLET_CACHE_DIR", str(tmp_path))
    for name in ("old", "new"):
        keep_answer(name, name.encode())
    directory = tmp_path / "answers"
    for index, name in enumerate(("old", "new")):
        os.truncate(directory / f"{name}{SUFFIX}", MOST_BYTES * 3 // 4)
        os.utime(directory / f"{name}{SUFFIX}", (index, index))
    make_room(str(directory))
    assert [item.path.name for item in kept()] == [f"new{SUFFIX}"]


def test_other_libraries_ask_another_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "site-packages"
    (place / "gojsonnet-0.21.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(place))
    before = inputs.installation()
    assert inputs.installation() == before
    (place / "gojsonnet-0.21.dist-info").rename(place / "gojsonnet-0.22.dist-info")
    assert inputs.installation() != before


def test_an_answer_that_was_never_kept_is_none(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUPLET_NO_CACHE")
    monkeypatch.setenv("KUPLET_CACHE_DIR", str(cache))
    assert read_answer("0" * 64) is None


class Lives(RuleBasedStateMachine):
    """An app whose files, links, packages, variables and clocks change between runs."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(os.environ["PYTEST_LIVES"]) / str(time.monotonic_ns())
        self.app = write_app(self.home / "app", FILES)
        self.variables: dict[str, str] = {}

    def run(self, arguments: tuple[str, ...], *, is_cached: bool) -> Done:
        cached = environment(self.home / "cache") if is_cached else {"KUPLET_NO_CACHE": "1"}
        return run_kuplet(*arguments, cwd=self.app, env={**self.variables, **cached})

    @rule(name=st.sampled_from(["base", "dev", "prod"]), replicas=st.integers(0, 9))
    def set_a_parameter(self, name: str, replicas: int) -> None:
        text = FILES[f"environments/{name}.yaml"]
        own = f"  web: {{source: components/web.jsonnet, params: {{replicas: {replicas}}}}}\n"
        if name == "base":
            text = f"abstract: true\ncomponents:\n{own}"
        else:
            text += f"components:\n  web: {{params: {{replicas: {replicas}}}}}\n"
        write_app(self.app, {f"environments/{name}.yaml": text})

    @rule(
        file=st.sampled_from(["components/own.libsonnet", "own.libsonnet", "lib/own.libsonnet"]),
        word=st.sampled_from(["same", "size", "none", "' + error 'no"]),
        has_old_times=st.booleans(),
    )
    def write_a_library(self, file: str, word: str, has_old_times: bool) -> None:
        path = self.app / file
        path.parent.mkdir(exist_ok=True)
        before = path.stat() if path.exists() else None
        path.unlink(missing_ok=True)
        path.write_text(f"{{word: '{word}'}}\n")
        if has_old_times and before:
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    @rule(file=st.sampled_from(["own.libsonnet", "lib/own.libsonnet", "environments/extra.yaml"]))
    def remove(self, file: str) -> None:
        (self.app / file).unlink(missing_ok=True)

    @rule(goal=st.sampled_from(["one", "two", "nowhere"]))
    def turn_a_link(self, goal: str) -> None:
        for name in ("one", "two"):
            (self.app / f"data/{name}.txt").write_text(f"{name}\n")
        link = self.app / "data/text.txt"
        link.unlink(missing_ok=True)
        link.symlink_to(f"{goal}.txt")

    @rule(goal=st.sampled_from(["components", "others"]))
    def turn_a_link_to_a_directory(self, goal: str) -> None:
        real = self.app / goal
        if not real.exists():
            shutil.copytree(self.app / "components", real)
        with (real / "web.jsonnet").open("a") as file:
            file.write(f"// {goal}\n")

    @rule(text=st.sampled_from(["extends: base\n", "extends: nothing\n", "extends: dev\n"]))
    def add_an_environment(self, text: str) -> None:
        write_app(self.app, {"environments/extra.yaml": text})

    @rule(value=st.sampled_from(["", "1"]), name=st.sampled_from(["NO_COLOR", "FORCE_COLOR"]))
    def set_a_variable(self, name: str, value: str) -> None:
        self.variables[name] = value

    @rule()
    def write_a_nearer_app(self) -> None:
        (self.app / "data/app.yaml").write_text("no app\n")

    @rule(part=st.floats(0, 1))
    def damage_an_answer(self, part: float) -> None:
        for file in everything(self.home / "cache"):
            content = bytearray(file.read_bytes())
            content[int(part * (len(content) - 1))] ^= 1
            file.write_bytes(content)

    @invariant()
    def what_was_kept_is_what_is_found(self) -> None:
        for arguments in COMMANDS:
            found = self.run(arguments, is_cached=False)
            assert self.run(arguments, is_cached=True) == found
        assert self.run(COMMANDS[0], is_cached=True) == self.run(COMMANDS[0], is_cached=False)

    def teardown(self) -> None:
        shutil.rmtree(self.home)


def test_lives_of_an_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    monkeypatch.setenv("PYTEST_LIVES", str(tmp_path))
    is_thorough = settings.get_profile("thorough") is settings.default
    examples = 100 if is_thorough else 5
    run_state_machine_as_test(
        Lives,
        settings=settings(max_examples=examples, stateful_step_count=8, deadline=None),
    )
