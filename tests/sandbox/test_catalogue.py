import re

import pytest

from compiler.sandbox.catalogue import ALL_PROGRAMS, MODULES, Program

by_name = pytest.mark.parametrize("program", ALL_PROGRAMS, ids=lambda program: program.name)


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


@by_name
def test_the_version_is_the_one_that_the_module_pins(program: Program) -> None:
    go_mod = (program.source / "go.mod").read_text()
    required = dict(re.findall(r"^\s+(\S+) v(\S+)", go_mod, re.MULTILINE))
    module = next(name for name in required if f"{program.package}/".startswith(f"{name}/"))
    assert digits(program.version) in digits(required[module])


@by_name
def test_the_module_names_the_program_as_a_tool(program: Program) -> None:
    assert program.package in (program.source / "go.mod").read_text()


def test_every_module_belongs_to_a_program() -> None:
    assert {folder.name for folder in MODULES.iterdir()} == {each.module for each in ALL_PROGRAMS}


def test_cache_keys_differ() -> None:
    assert len({program.cache_key for program in ALL_PROGRAMS}) == len(ALL_PROGRAMS)
