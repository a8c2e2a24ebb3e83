"""Whatever JSON a component makes, it ends in objects and findings, never in a crash."""

import copy
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.cli.report.manifests import manifests_text
from compiler.errors import AppError
from compiler.formats.ksonnet.objects import shown_objects
from compiler.formats.ksonnet.order import in_ksonnet_order
from compiler.model.app import Dialect
from compiler.model.json import JsonObject, JsonValue
from compiler.model.manifest import Manifest
from compiler.stages.convert.convert import convert
from compiler.stages.extract import extract
from compiler.stages.link.link import link
from compiler.stages.render import RenderedComponent
from compiler.stages.validate.objects import validate_objects
from tests.factories import make_component, make_environment

POD_SPEC: JsonObject = {
    "serviceAccountName": "web",
    "imagePullSecrets": [{"name": "pull"}],
    "priorityClassName": "high",
    "volumes": [
        {"name": "c", "configMap": {"name": "c"}},
        {"name": "s", "secret": {"secretName": "s"}},
        {"name": "p", "persistentVolumeClaim": {"claimName": "p"}},
        {"name": "j", "projected": {"sources": [{"configMap": {"name": "c"}}]}},
    ],
    "containers": [
        {
            "name": "web",
            "image": "nginx:1.27.3",
            "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
            "envFrom": [{"configMapRef": {"name": "c"}}],
            "resources": {"limits": {"cpu": "1", "memory": 4}},
            "securityContext": {"fsGroup": 1},
        }
    ],
}
POD: JsonObject = {
    "metadata": {"labels": {"app": "web"}, "annotations": {"a": "b"}},
    "spec": POD_SPEC,
}
SPECS: list[tuple[str, str, JsonObject]] = [
    ("v1", "Pod", POD_SPEC),
    ("v1", "Service", {"selector": {"app": "web"}, "ports": [{"port": 80}]}),
    ("extensions/v1beta1", "Deployment", {"replicas": 1, "template": POD}),
    ("apps/v1beta1", "StatefulSet", {"serviceName": "web", "template": POD}),
    (
        "batch/v1beta1",
        "CronJob",
        {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": POD}}},
    ),
    ("kubeflow.org/v1", "TFJob", {"tfReplicaSpecs": {"Worker": {"replicas": 1, "template": POD}}}),
    (
        "extensions/v1beta1",
        "Ingress",
        {
            "backend": {"serviceName": "web", "servicePort": 80},
            "tls": [{"secretName": "s", "hosts": ["a"]}],
            "rules": [{"http": {"paths": [{"backend": {"serviceName": "web", "servicePort": 1}}]}}],
        },
    ),
    (
        "autoscaling/v2beta1",
        "HorizontalPodAutoscaler",
        {
            "scaleTargetRef": {"kind": "Deployment", "name": "web", "apiVersion": "apps/v1"},
            "metrics": [
                {"type": "Resource", "resource": {"name": "cpu", "targetAverageUtilization": 80}},
                {"type": "Pods", "pods": {"metricName": "rps", "targetAverageValue": "1k"}},
            ],
        },
    ),
    (
        "apiextensions.k8s.io/v1beta1",
        "CustomResourceDefinition",
        {
            "group": "example.com",
            "version": "v1",
            "versions": [{"name": "v1", "served": True}],
            "scope": "Namespaced",
            "names": {"kind": "Widget", "plural": "widgets"},
            "additionalPrinterColumns": [{"name": "Size", "type": "string", "JSONPath": ".x"}],
            "validation": {
                "openAPIV3Schema": {
                    "properties": {"spec": {"properties": {"a": {"items": {"minimum": 1}}}}}
                }
            },
        },
    ),
    ("example.com/v1", "Widget", {"a": [1]}),
]
TOP: list[JsonObject] = [
    {
        "apiVersion": "rbac.authorization.k8s.io/v1alpha1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "b", "namespace": "x"},
        "roleRef": {"kind": "ClusterRole", "name": "r"},
        "subjects": [{"kind": "User", "name": "jo", "apiVersion": "x/v1"}],
    },
    {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "annotations": {"kuplet.dev/generate": "a:20"}},
        "data": {"a": "YQ=="},
        "stringData": {"b": "c"},
    },
    {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "w"},
        "webhooks": [{"name": "a.b.c", "clientConfig": {"service": {"name": "web"}}}],
    },
]
OBJECTS: list[JsonObject] = [
    {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": f"o{index}", "labels": {"app": "web"}, "annotations": {}},
        "spec": spec,
    }
    for index, (version, kind, spec) in enumerate(SPECS)
]
WHOLE: JsonObject = {"apiVersion": "v1", "kind": "List", "items": [*TOP, *OBJECTS]}
ODD: list[JsonValue] = [
    None, True, 0, -1, 1.5, 10**30, "", " ", "x", "v1", "List", "ü/é", "a" * 300, "\x00\x1b[2J",
    [], [None], [[]], [[{}]], ["x"], [1], [{}], {}, {"": ""}, {"name": None}, {"items": None},
    {"apiVersion": "v1", "kind": "List", "items": [None]}, {"apiVersion": 1, "kind": []},
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "x-"}},
]  # fmt: skip


def places(value: JsonValue, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def changed(value: JsonValue, path: tuple[str | int, ...], new: JsonValue) -> JsonValue:
    """Return a value with another one at a path, as far as that still exists."""
    if not path:
        return new
    key, *rest = path
    if isinstance(value, dict) and key in value:
        return {**value, str(key): changed(value[str(key)], tuple(rest), new)}
    if isinstance(value, list) and isinstance(key, int):
        return [
            changed(item, tuple(rest), new) if n == key else item for n, item in enumerate(value)
        ]
    return value


changes = st.lists(
    st.tuples(st.sampled_from(list(places(WHOLE))), st.sampled_from(ODD)), min_size=1, max_size=3
)


def walk(manifests: list[Manifest], dialect: Dialect) -> None:
    environment = replace(make_environment(), dialect=dialect)
    for found in (manifests, convert(manifests, "1.36").manifests):
        dag = link(environment, found)
        findings = validate_objects(environment, found)
        assert len(dag.order) <= len(found)
        assert all(finding.rule and finding.message for finding in findings)
        for output in ("yaml", "json", "name"):
            manifests_text(in_ksonnet_order(found), output, mask=True)


@settings(max_examples=60, deadline=None)
@given(changes, st.sampled_from(Dialect))
def test_odd_values_anywhere_end_in_findings(
    changes: list[tuple[tuple[str | int, ...], JsonValue]], dialect: Dialect
) -> None:
    tree: JsonValue = copy.deepcopy(WHOLE)
    for path, new in changes:
        tree = changed(tree, path, new)
    rendered = [RenderedComponent(component=make_component(), tree=tree)]
    try:
        walk(shown_objects(rendered), dialect)
        walk(extract(replace(make_environment(), dialect=dialect), rendered), dialect)
    except AppError as error:
        assert all(finding.rule and finding.message for finding in error.findings)
