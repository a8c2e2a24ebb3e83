"""What an environment and its components read, without evaluating anything.

Equal inputs compile to equal objects. What comes with kuplet (prototypes, schemas, engine) is the
same in one run and so no part of them.
"""

import hashlib
import json
import re
from dataclasses import asdict

from compiler.formats.kuplet.imported_files import SourceTree
from compiler.model.app import Component, Environment
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import mapping_at

_VARIABLES = b"extVar"  # std.extVar gives the parameters and the objects of all other components
_ENVIRONMENT = re.compile(r"\benv\b")


def environment_inputs(environment: Environment, tree: SourceTree) -> JsonObject:
    """Return all that an environment reads."""
    return {
        "environment": [*_owner(environment), environment.kubernetes],
        "destination": _destination(environment),
        "external": dict.fromkeys(sorted(environment.external)),
        "readiness": [asdict(rule) for rule in environment.readiness],
        "conflicts": [
            [rule.policy, rule.kind, rule.path, rule.manager] for rule in environment.conflicts
        ],
        "definitions": {item.file: item.digest for item in environment.definitions},
        "components": {
            item.name: {
                **_inputs(environment, item, tree),
                "prototype": item.prototype.name,
                "schema": item.prototype.schema,
                "patches": [
                    [patch.kind, patch.name, patch.merge, list(patch.operations)]
                    for patch in item.patches
                ],
                "needs": {need.component: str(need.until) for need in item.needs},
            }
            for item in environment.components
        },
    }


def component_keys(environment: Environment, tree: SourceTree) -> dict[str, str]:
    """Return a digest of all that a component reads, by component.

    One that may read its siblings has none.
    """
    keys: dict[str, str] = {}
    for item in environment.components:
        source = item.prototype.source
        inputs = _inputs(environment, item, tree)
        if _ENVIRONMENT.search(source):
            inputs["destination"] = _destination(environment)
        texts = map(tree.content, mapping_at(inputs, "files"))
        if not any(_VARIABLES in text for text in (source.encode(), *texts)):
            keys[item.name] = digest(inputs)
    return keys


def component_files_read(component: Component, tree: SourceTree) -> dict[str, str]:
    """Return the digest of each file of the app that a component is made of, by its path."""
    prototype = component.prototype
    own = tree.digests({}, [prototype.file])
    return {**own, **tree.digests({prototype.file: prototype.source})}


def digest(inputs: JsonValue) -> str:
    """Return a digest of what is read."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def _inputs(environment: Environment, component: Component, tree: SourceTree) -> JsonObject:
    prototype = component.prototype
    return {
        "name": component.name,
        "file": prototype.file,
        "source": prototype.source,
        "params": {item.name: item.value for item in component.parameters.values()},
        "packages": {path: str(item) for path, item in environment.packages.items()},
        "files": dict(tree.digests({prototype.file: prototype.source})),
    }


def _owner(environment: Environment) -> list[JsonValue]:
    return [environment.app, environment.app_id, environment.name]


def _destination(environment: Environment) -> JsonValue:
    destination = environment.destination
    return [destination.context, destination.server, environment.namespace]
