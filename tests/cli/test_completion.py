"""Names that the shell completes, asked for as its script does."""

from pathlib import Path

import pytest

from tests.factories import write_app
from tests.kuplet import run_kuplet


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return write_app(
        tmp_path / "app",
        {
            "app.yaml": "apiVersion: kuplet.dev/v1\nkind: App\nname: demo\n",
            "environments/base.yaml": "abstract: true\ncomponents:\n"
            "  train: {prototype: kuplet/tf-job, params: {image: 'a:1'}}\n"
            "  storage: {prototype: kuplet/minio}\n",
            "environments/staging.yaml": "extends: base\n",
            "environments/prod.yaml": "extends: base\n",
        },
    )


def completed(app: Path, line: str) -> list[str]:
    words = line.split(" ")
    env = {
        "_KUPLET_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    done = run_kuplet(cwd=app, env=env)
    assert done.code == 0, done.stderr
    return [name.partition(",")[2] for name in done.stdout.split()]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("kuplet apply ", ["prod", "staging"]),
        ("kuplet diff staging p", ["prod"]),
        ("kuplet promote ", ["prod", "staging"]),
        ("kuplet promote staging p", ["prod"]),
        ("kuplet validate staging ", ["prod", "staging"]),
        ("kuplet apply staging -c tr", ["train"]),
        ("kuplet param set tr", ["train"]),
        ("kuplet param set train num_w", ["num_workers"]),
        ("kuplet param set train num_workers 2 --env ", ["base", "prod", "staging"]),
        ("kuplet param explain train.num_w", ["train.num_workers"]),
        ("kuplet promote staging prod --param train.image_p", ["train.image_pull_secrets"]),
        ("kuplet apply staging --set train.num_w", ["train.num_workers="]),
        ("kuplet generate kuplet/tf-", ["kuplet/tf-job", "kuplet/tf-serving"]),
        ("kuplet component rm st", ["storage"]),
        ("kuplet env rm pr", ["prod"]),
        ("kuplet env add lab --extends b", ["base"]),
        ("kuplet env current --set ", ["prod", "staging"]),
        ("kuplet review --env s", ["staging"]),
        ("kuplet param explain train.image --env s", ["staging"]),
        ("kuplet pkg install r/p --env b", ["base"]),
        ("kuplet sandbox start --with kueue,tra", ["kueue,trainer", "kueue,training-operator"]),
    ],
)
def test_names_of_the_app_are_completed(app: Path, line: str, names: list[str]) -> None:
    assert completed(app, line) == names


def test_a_broken_app_offers_nothing_and_says_nothing(app: Path) -> None:
    (app / "environments/prod.yaml").write_text("a: [")
    assert completed(app, "kuplet apply ") == []


@pytest.mark.parametrize("name", ["x\\e]0;y\\a", "$(touch ran)", "a b", "a;b", "`x`", "a\\nb"])
def test_what_would_be_more_than_a_word_is_not_offered(app: Path, name: str) -> None:
    text = f'extends: base\ncomponents: {{train: {{params: {{"{name}": 1, fine: 1}}}}}}\n'
    write_app(app, {"environments/prod.yaml": text})
    assert "train.fine=" in completed(app, "kuplet apply prod --set train.f")
    offered = completed(app, "kuplet apply prod --set train.")
    assert [each for each in offered if set(each) & set("\x1b\x07$`;()")] == []
    assert not {"a", "b=", "train.a"} & set(offered)
