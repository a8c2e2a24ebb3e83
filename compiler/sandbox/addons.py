"""What can run beside the cluster, chosen by name."""

from collections.abc import Collection, Iterator

from compiler.errors import UsageError
from compiler.model.finding import Finding
from compiler.sandbox.catalogue import ADDONS
from compiler.sandbox.controllers.table import CONTROLLERS

ADDON_NAMES = tuple(sorted(program.name for program in ADDONS))


def changed_addons(
    current: Collection[str], added: Collection[str], removed: Collection[str]
) -> frozenset[str]:
    """Return what is to run, with all that it needs.

    Raises:
        UsageError: ``sandbox-addon-needed``, if something that is removed is needed.
    """
    wanted = frozenset(_with_needs({*current, *added} - {*removed}))
    for name in sorted(wanted.intersection(removed)):
        users = [each for each in sorted(wanted) if name in _needs(each)]
        raise UsageError(
            Finding(
                rule="sandbox-addon-needed",
                message=f'"{name}" is needed by {", ".join(users)}',
                hint=f"remove both: --without {','.join([*users, name])}",
            )
        )
    return wanted


def _with_needs(names: Collection[str]) -> Iterator[str]:
    for name in names:
        yield name
        yield from _with_needs(_needs(name))


def _needs(name: str) -> tuple[str, ...]:
    return CONTROLLERS[name].needs if name in CONTROLLERS else ()
