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


def test_the_slowest_component_comes_first_with_its_parameter(tmp_path: Path) -> None:
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
    head, *rows = done.stderr.splitlines()
    assert head.split() == ["MS", "COMPONENT", "DECLARED", "SOURCE", "DEAREST", "PARAMETER"]
    assert [row.split()[1] for row in rows] == ["slow", "quick"]
    assert "environments/dev.yaml:5" in rows[0]
    assert "components/slow.jsonnet" in rows[0]
    assert "size: " in rows[0]
