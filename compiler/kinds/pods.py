"""What rules ask of the pods inside an object."""

from collections.abc import Iterator

from compiler.model.json import JsonObject, JsonValue
from compiler.model.kinds import pod_templates
from compiler.model.manifest import Manifest, mapping_at, objects_at, text_at, value_at

_LISTS = ("initContainers", "containers", "ephemeralContainers")


def containers_of(manifest: Manifest | None) -> Iterator[tuple[str, JsonObject]]:
    """Yield every container with its path: ``spec.template.spec.containers[web]``."""
    for path, pod in pod_templates(manifest) if manifest else ():
        for name in _LISTS:
            for container in objects_at(pod, name):
                yield f"{path}.{name}[{text_at(container, 'name')}]", container


def named(items: list[JsonObject]) -> dict[str, JsonObject]:
    """Index a list of objects by their names."""
    return {text_at(item, "name"): item for item in items}


def replicas_of(manifest: Manifest) -> dict[str, int]:
    """Return how many pods an object asks for, by the path that says so.

    A DaemonSet counts once: how many nodes there are, no file says.
    """
    body, kind = manifest.body, manifest.ref.kind
    match (manifest.ref.group, kind):
        case ("apps" | "extensions", "Deployment" | "StatefulSet" | "ReplicaSet"):
            return {"spec.replicas": _count(value_at(body, "spec", "replicas"))}
        case ("", "ReplicationController"):
            return {"spec.replicas": _count(value_at(body, "spec", "replicas"))}
        case ("batch", "Job"):
            return {"spec.parallelism": _count(value_at(body, "spec", "parallelism"))}
        case ("batch", "CronJob"):
            path = ("spec", "jobTemplate", "spec", "parallelism")
            return {".".join(path): _count(value_at(body, *path))}
        case ("kubeflow.org", _):
            return {
                f"spec.{field}.{replica}.replicas": _count(mapping_at(settings).get("replicas"))
                for field, replicas in mapping_at(body, "spec").items()
                if field.endswith("ReplicaSpecs")
                for replica, settings in mapping_at(replicas).items()
            }
        case _:
            return {}


def pods_with_counts(manifest: Manifest) -> Iterator[tuple[int, JsonObject]]:
    """Yield each pod spec of an object with how many pods are made from it."""
    counts = replicas_of(manifest)
    only = next(iter(counts.values())) if len(counts) == 1 else 1
    for path, pod in pod_templates(manifest):
        own = path.removesuffix(".template.spec")
        yield counts.get(f"{own}.replicas", only), pod


def _count(value: JsonValue) -> int:
    """Return a number of replicas; Kubernetes and Kubeflow make one where none is said."""
    return value if isinstance(value, int) else 1
