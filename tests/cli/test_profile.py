"""``kuplet compile --profile``: which components take longest; how long is never tested."""

from pathlib import Path

from tests.factories import write_app
from tests.kuplet import run_kuplet

SOURCE = """\
// @optionalParam size number 1 How much to do
local sum = std.foldl(function(a, b) a + b, std.range(1, import 'param://size'), 0);
{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'NAME' }, data: { sum: '%d' % sum } }
"""
ENVIRONMENT = """\
components:
  quick: {source: components/quick.jsonnet}
  slow:
    source: components/slow.jsonnet
    params: {size: 300000}
"""


STAGES = ["render", "extract", "convert", "link", "validate"]


def tables(stderr: str) -> tuple[list[str], list[str]]:
    lines = stderr.splitlines()
    (middle,) = (index for index, line in enumerate(lines) if line.split() == ["MS", "STAGE"])
    return lines[:middle], lines[middle + 1 :]


def rows_with(app: Path, words: str) -> list[str]:
    """Return the components in whose rows the words are; other programs may hide them for once."""
    found: list[str] = []
    for _ in range(5):
        done = run_kuplet("compile", "dev", "--profile", "-o", "name", cwd=app)
        (_, *rows), _ = tables(done.stderr)
        if found := [row.split()[1] for row in rows if words in row]:
            break
    return found


def test_each_component_and_each_stage_has_a_line(tmp_path: Path) -> None:
    app = write_app(
        tmp_path / "app",
        {
            "environments/dev.yaml": ENVIRONMENT,
            "components/quick.jsonnet": SOURCE.replace("NAME", "quick"),
            "components/slow.jsonnet": SOURCE.replace("NAME", "slow"),
        },
    )
    plain = run_kuplet("compile", "dev", cwd=app)
    done = run_kuplet("compile", "dev", "--profile", cwd=app)
    assert (done.code, done.stdout) == (0, plain.stdout)
    (head, *rows), stages = tables(done.stderr)
    expected = ["MS", "COMPONENT", "DECLARED", "SOURCE", "OBJECTS"]
    assert head.split() == [*expected, "DEAREST", "PARAMETER", "DEAREST", "FIELD"]
    assert {tuple(row.split()[1:5]) for row in rows} == {
        ("quick", "environments/dev.yaml:4", "components/quick.jsonnet", "1"),
        ("slow", "environments/dev.yaml:5", "components/slow.jsonnet", "1"),
    }
    assert [line.split()[1] for line in stages] == STAGES
    assert rows_with(app, "line 3, data.sum: ") == ["slow"]


NESTED = """\
local sum(n) = '%d' % std.foldl(function(a, b) a + b, std.range(1, n), 0);
{
  cheap: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: sum(2) } },
  unseen:: sum(900000),
  dear: {
    apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' },
    data: {
      few: sum(3),
      'many.txt': sum(200000),
    },
  },
}
"""


def test_the_field_is_followed_as_far_as_the_source_writes_it_out(tmp_path: Path) -> None:
    environment = "components:\n  one: {source: components/one.jsonnet}\n"
    files = {"environments/dev.yaml": environment, "components/one.jsonnet": NESTED}
    app = write_app(tmp_path / "app", files)
    assert rows_with(app, 'line 9, dear.data["many.txt"]: ') == ["one"]


def test_components_that_read_each_other_and_those_that_need_a_parameter_are_measured(
    tmp_path: Path,
) -> None:
    reader = "std.extVar('__ksonnet/components').needy"
    app = write_app(
        tmp_path / "app",
        {
            "environments/dev.yaml": "components:\n"
            "  needy: {source: components/needy.jsonnet, params: {size: 3}}\n"
            "  reader: {source: components/reader.jsonnet}\n",
            "components/needy.jsonnet": SOURCE.replace("NAME", "needy").replace(
                "@optionalParam size number 1", "@param size number"
            ),
            "components/reader.jsonnet": f"{reader} + {{metadata+: {{name: 'reader'}}}}\n",
        },
    )
    done = run_kuplet("compile", "dev", "--profile", "-o", "name", cwd=app)
    assert (done.code, done.stdout) == (0, "configmap/needy\nconfigmap/reader\n")
    (_, *rows), _ = tables(done.stderr)
    assert {row.split()[1] for row in rows} == {"needy", "reader"}
    assert not any(row.startswith("-") for row in rows)


def test_what_is_not_done_is_no_stage(tmp_path: Path) -> None:
    environment = "components:\n  one: {source: components/one.jsonnet}\n"
    text = SOURCE.replace("NAME", "one")
    files = {"environments/dev.yaml": environment, "components/one.jsonnet": text}
    app = write_app(tmp_path / "app", files)
    done = run_kuplet("compile", "dev", "--profile", "--no-validate", "-o", "name", cwd=app)
    _, stages = tables(done.stderr)
    assert [line.split()[1] for line in stages] == STAGES[:-1]
