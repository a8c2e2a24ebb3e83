"""Which names ksonnet allowed."""

import re
from collections.abc import Iterator

from compiler.errors import UsageError
from compiler.formats.ksonnet.app import KsonnetApp, KsonnetEnvironment
from compiler.model.finding import Finding
from compiler.model.owner import Owner

_FORBIDDEN = re.compile(r"""[\s\\,;':!()?"{}\[\]*&%@$]|^/|/$|^$""")
_MODULE = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


def check_component_name(name: str) -> None:
    """Check the name of a component inside its module; it becomes a file's name.

    Raises:
        UsageError: It cannot be used.
    """
    if _FORBIDDEN.search(name) or "/" in name:
        raise _invalid(name, "component")


def check_environment_name(name: str) -> None:
    """Check the name of an environment; it becomes a directory, so it may hold slashes.

    Raises:
        UsageError: It cannot be used.
    """
    if _FORBIDDEN.search(name) or any(part in {"", ".", ".."} for part in name.split("/")):
        raise _invalid(name, "environment")


def check_module_name(name: str) -> None:
    """Check the name of a module; each dot leads into a directory.

    Raises:
        UsageError: It cannot be used.
    """
    if not _MODULE.fullmatch(name):
        raise _invalid(name, "module")


def _invalid(name: str, what: str) -> UsageError:
    message = f'"{name}" cannot be the name of {"an" if what[0] in "aeiou" else "a"} {what}'
    hint = "use letters, digits, - and _"
    return UsageError(Finding(rule="name-invalid", message=message, hint=hint))


def indistinct(app: KsonnetApp, environment: KsonnetEnvironment) -> Iterator[Finding]:
    """Yield a finding where no label could tell the objects of an environment from others.

    Labels hold less than the names that ksonnet allowed.
    """
    own = Owner.named(app.name, environment.name)
    hint = "rename it in app.yaml: labels hold 63 letters, digits, - and _"
    if not (own.app and own.environment):
        message = f'environment "{environment.name}" of app "{app.name}" gives no label'
        yield Finding(rule="name-invalid", message=message, span=environment.span, hint=hint)
        return
    for name in app.environment_names:
        other = Owner.named(app.name, name)
        if name != environment.name and other.file_name == own.file_name:
            message = f'environments "{environment.name}" and "{name}" have the same label'
            yield Finding(rule="name-invalid", message=message, span=environment.span, hint=hint)
