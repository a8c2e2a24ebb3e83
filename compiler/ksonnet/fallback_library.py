"""What an app without its own ``lib/`` gets for ``import "k.libsonnet"``.

The one place to replace by a generated library: `library_files` is all that others use.
"""

from collections.abc import Mapping

_K = """{
  core:: {
    v1:: {
      list:: {
        new(items):: {
          apiVersion: 'v1',
          kind: 'List',
          items: if std.type(items) == 'array' then items else [items],
        },
      },
    },
  },
}
"""


def library_files(kubernetes: str) -> Mapping[str, str]:  # noqa: ARG001  one text serves every version
    """Return the text of each file of the API library for a ``k8sVersion``, by its name."""
    return {"k.libsonnet": _K, "k8s.libsonnet": _K}
