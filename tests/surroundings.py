"""What rules of readiness see around an object: nothing, in a cluster that knows every kind."""

from compiler.model.json import JsonObject


class Alone:
    """A cluster without any other object, whose kinds all report status."""

    storage_class: JsonObject | None = None

    def read_cluster_scoped(self, api_version: str, kind: str, name: str) -> JsonObject | None:
        return self.storage_class if kind == "StorageClass" else None

    def serves(self, api_version: str, kind: str) -> bool:
        return not api_version.endswith("/unserved")

    def has_status(self, api_version: str, kind: str) -> bool:
        return kind != "Silent"
