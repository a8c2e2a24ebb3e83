"""Takes over objects that another tool has made: what it owned is ours, so that it can go.

Server-side apply removes only what its own manager owned. What kubectl, Helm or a GitOps tool has
written would stay for ever when the app drops it, so its part of ``managedFields`` becomes ours.

Source: kubectl does the same for its own client-side apply (client-go, util/csaupgrade).
"""

import re
from collections.abc import Iterator

from compiler.executor.field_owners import ITSELF
from compiler.executor.port import FIELD_MANAGER, ApiError, ClusterPort
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest, mapping_at, objects_at, text_at

# Tools that apply whole objects from files. Labels, annotations, restarts and scales by kubectl may
# well be those of whoever runs the cluster; a controller would write its part again.
_TOOLS = re.compile(
    r"helm|helm-controller|ks|kapp|kapp-server|pulumi.*|Terraform|HashiCorp|OpenTofu|kustomize.*|"
    r"argocd-.*|before-first-apply|kubectl(-(?!label$|annotate$|rollout$|scale$).*)?"
)
_ATTEMPTS = 5


def tools_of(live: JsonObject) -> frozenset[str]:
    """Return which tools own something of an object."""
    return frozenset(
        text_at(item, "manager")
        for item in objects_at(live, "metadata", "managedFields")
        if is_tool(text_at(item, "manager")) and not text_at(item, "subresource")
    )


def is_tool(manager: str) -> bool:
    """Return whether a field manager is a tool that applies whole objects from files."""
    return _TOOLS.fullmatch(manager) is not None


def owned_by_us(live: JsonObject, api_version: str) -> list[JsonValue]:
    """Return ``managedFields`` in which all that tools owned of an object is kuplet's.

    Args:
        api_version: That of the manifest; tools may have written in another version, of which the
            server keeps what the manifest's version has, too.
    """
    fields: JsonObject = {}
    others: list[JsonValue] = []
    for item in objects_at(live, "metadata", "managedFields"):
        is_whole = not text_at(item, "subresource")
        if is_whole and (_is_ours(item) or is_tool(text_at(item, "manager"))):
            fields = _union(fields, mapping_at(item, "fieldsV1"))
        else:
            others.append(item)
    ours: JsonObject = {
        "manager": FIELD_MANAGER,
        "operation": "Apply",
        "apiVersion": api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }
    return [*others, ours]


def _is_ours(item: JsonObject) -> bool:
    said = text_at(item, "manager"), text_at(item, "operation")
    return said == (FIELD_MANAGER, "Apply")


def hand_over(cluster: ClusterPort, manifest: Manifest) -> None:
    """Let all that tools own of a live object be ours; nothing else of it changes.

    Raises:
        ApiError: The server refuses, or somebody changes the object again and again.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        live = cluster.read(manifest)
        if live is None or not tools_of(live):
            return
        try:
            cluster.hand_over(manifest, live, owned_by_us(live, manifest.api_version))
        except ApiError as failure:
            if not failure.is_race or attempt == _ATTEMPTS:
                raise
        else:
            return


def _union(first: JsonObject, second: JsonObject) -> JsonObject:
    """Return the fields of two trees of fieldsV1."""
    return dict(_united(first, second))


def _united(first: JsonObject, second: JsonObject) -> Iterator[tuple[str, JsonValue]]:
    for key in [*first, *(key for key in second if key not in first)]:
        inner = _union(mapping_at(first, key), mapping_at(second, key))
        yield key, {} if key == ITSELF else inner
