"""How much of an app of 100 components and 5 environments a review compiles, and how long it takes.

Compared with compiling all environments of both sides, by `kuplet validate` on each.

python benchmarks/review.py
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from measure import by_turns, print_machine, print_table

COMPONENTS, ENVIRONMENTS, ROUNDS = 100, 5, 3
KUPLET = (sys.executable, "-m", "compiler")
CHANGES = {"one": "environments/env-3.yaml", "all": "environments/base.yaml"}
WHOLE = "both sides whole"
HEAD = "apiVersion: kuplet.dev/v1\nkind: Environment\n"
SOURCE = """\
// @optionalParam name string  Name
// @optionalParam replicas integer 1 Pods
local labels = { app: params.name };
{
  apiVersion: "apps/v1", kind: "Deployment", metadata: { name: params.name },
  spec: {
    replicas: params.replicas,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels: labels },
      spec: { containers: [{ name: "main", image: "web:1" }] },
    },
  },
}
"""


def write_app(root: Path) -> None:
    """Write the app: every component has a source of its own."""
    names = [f"web-{number}" for number in range(COMPONENTS)]
    lines = [f"  {name}: {{source: components/{name}.jsonnet}}" for name in names]
    files = {f"components/{name}.jsonnet": SOURCE for name in names}
    files["app.yaml"] = "apiVersion: kuplet.dev/v1\nkind: App\nname: many\n"
    base = ["abstract: true", "components:", *lines]
    files["environments/base.yaml"] = HEAD + "\n".join(base) + "\n"
    for number in range(ENVIRONMENTS):
        files[f"environments/env-{number}.yaml"] = f"{HEAD}extends: base\n"
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def git(root: Path, *arguments: str) -> None:
    """Run git with an author of its own."""
    author = ("-c", "user.name=benchmark", "-c", "user.email=benchmark@example.com")
    subprocess.run(["git", *author, *arguments], cwd=root, check=True, capture_output=True)


def commit_change(root: Path, branch: str, file: str) -> None:
    """Commit, on a branch of its own, a parameter that a file sets."""
    git(root, "checkout", "-b", branch, "main")
    path = root / file
    text = path.read_text(encoding="utf-8")
    params = "{params: {replicas: 2}}"
    if "components:" in text:
        text = text.replace("web-7.jsonnet}", "web-7.jsonnet, params: {replicas: 2}}")
    else:
        text += f"components: {{web-7: {params}}}\n"
    path.write_text(text, encoding="utf-8")
    git(root, "commit", "--all", "--message", branch)


def review(root: Path, branch: str) -> Any:
    """Review a branch and return what was compiled for it."""
    command = [*KUPLET, "review", f"main..{branch}", "-o", "json"]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True)
    return json.loads(done.stdout)


def validate_both(root: Path, base: Path) -> None:
    """Compile every environment of both sides."""
    for side in (base, root):
        subprocess.run([*KUPLET, "validate"], cwd=side, check=True, capture_output=True)


def main() -> None:
    """Measure a change of one environment, of all of them, and of none."""
    print_machine()
    with tempfile.TemporaryDirectory() as directory:
        root, base = Path(directory) / "app", Path(directory) / "base"
        write_app(root)
        git(root, "init", "--initial-branch=main")
        git(root, "add", "--all")
        git(root, "commit", "--message", "the app")
        for branch, file in CHANGES.items():
            commit_change(root, branch, file)
        git(root, "worktree", "add", str(base), "main")
        for branch in ("main", *CHANGES):
            found = review(root, branch)
            components = found["components"]
            skipped = components["total"] - components["evaluated"]
            print(
                f"{branch}: {len(found['skipped'])} of {ENVIRONMENTS} environments and"
                f" {skipped} of {components['total']} components skipped"
            )
        actions: dict[str, Callable[[], object]] = {
            f"review {branch}": partial(review, root, branch) for branch in ("main", *CHANGES)
        }
        actions[WHOLE] = partial(validate_both, root, base)
        print_table(by_turns(actions, ROUNDS), WHOLE)


if __name__ == "__main__":
    main()
