"""Builders of k.libsonnet and what they give: a table for its rules, one for real packages."""

from compiler.model.json import JsonValue

SCOPE = """\
local k = import 'k.libsonnet';
local D1 = k.apps.v1beta1.deployment, XD = k.extensions.v1beta1.deployment;
local S = k.core.v1.service, R = k.rbac.v1beta1;
local CT = D1.mixin.spec.template.spec.containersType;
"""

RULES: dict[str, JsonValue] = {
    # withX sets, and a list takes a single element too
    "CT.withImage('i')": {"image": "i"},
    "CT.withArgs('a')": {"args": ["a"]},
    "CT.withArgs(['a'])": {"args": ["a"]},
    "{image: 'i', args: ['b']} + CT.withArgs('a')": {"image": "i", "args": ["a"]},
    # withXMixin adds
    "{args: ['b']} + CT.withArgsMixin('a')": {"args": ["b", "a"]},
    "{data: {b: 1}} + k.core.v1.configMap.withDataMixin({a: 1})": {"data": {"a": 1, "b": 1}},
    "{data: {b: 1}} + k.core.v1.configMap.withData({a: 1})": {"data": {"a": 1}},
    # a mixin sets where it belongs and leaves what is beside it
    "{spec: {a: 1}} + D1.mixin.spec.template.spec.withHostNetwork(true)": {
        "spec": {"a": 1, "template": {"spec": {"hostNetwork": True}}}
    },
    "D1.mixin.spec.strategy.mixinInstance({type: 'Recreate'})": {
        "spec": {"strategy": {"type": "Recreate"}}
    },
    # chains stay in their mixin
    "D1.mixin.metadata.withName('n').withNamespace('s')": {
        "metadata": {"name": "n", "namespace": "s"}
    },
    "CT.withName('n').withImage('i')": {"name": "n", "image": "i"},
    # acronyms have one capital in a builder's name, not in the field
    "S.mixin.spec.withClusterIp('None')": {"spec": {"clusterIP": "None"}},
    "S.mixin.spec.sessionAffinityConfig.clientIp.withTimeoutSeconds(1)": {
        "spec": {"sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 1}}}
    },
    "k.core.v1.persistentVolume.mixin.spec.localStorage.withPath('/d')": {
        "spec": {"local": {"path": "/d"}}
    },
    # new
    "k.core.v1.persistentVolumeClaim.new()": {"apiVersion": "v1", "kind": "PersistentVolumeClaim"},
    "k.batch.v1.job.new()": {"apiVersion": "batch/v1", "kind": "Job"},
    "k.batch.v2alpha1.cronJob.new()": {"apiVersion": "batch/v2alpha1", "kind": "CronJob"},
    "k.rbac.v1.role.new().apiVersion": "rbac.authorization.k8s.io/v1",
    "R.role.rulesType.new()": {},
    "k.core.v1.namespace.new('n').metadata.name": "n",
    "k.core.v1.configMap.new('n', {a: 'b'}).data": {"a": "b"},
    "k.core.v1.secret.new('n', {a: 'b'}).type": "Opaque",
    "D1.new('n').spec": {
        "replicas": 1,
        "template": {"metadata": {"labels": {"app": "name"}}, "spec": {"containers": [""]}},
    },
    "D1.new('n', 2, [], {}).withLabels({a: 'b'}).spec.template.metadata.labels": {"a": "b"},
    "k.apps.v1.statefulSet.new('n', 1, [], {a: 1}).spec.volumeClaimTemplates": [{"a": 1}],
    "CT.portsType.newNamed(80, 'http')": {"containerPort": 80, "name": "http"},
    "CT.envType.fromSecretRef('E', 's', 'key')": {
        "name": "E",
        "valueFrom": {"secretKeyRef": {"name": "s", "key": "key"}},
    },
    "D1.mixin.spec.template.spec.volumesType.fromEmptyDir('v')": {"name": "v", "emptyDir": {}},
    # what old API versions had
    "XD.mixin.spec.rollbackTo.withRevision(1)": {"spec": {"rollbackTo": {"revision": 1}}},
    "XD.mixin.spec.template.spec.withServiceAccount('a')": {
        "spec": {"template": {"spec": {"serviceAccount": "a"}}}
    },
    "k.extensions.v1beta1.ingress.mixin.spec.backend.withServiceName('s')": {
        "spec": {"backend": {"serviceName": "s"}}
    },
    "k.extensions.v1beta1.ingress.mixin.spec.rulesType.mixin.http.pathsType.mixin.backend"
    ".withServicePort(80)": {"backend": {"servicePort": 80}},
    "k.apps.v1beta2.deployment.new('n').apiVersion": "apps/v1beta2",
    "k.apps.v1beta2.scale.new(2).spec": {"replicas": 2},
    "k.apiextensions.v1beta1.customResourceDefinition.mixin.spec.withVersion('v1')": {
        "spec": {"version": "v1"}
    },
    # lists
    "k.core.v1.list.new({a: 1})": {"apiVersion": "v1", "kind": "List", "items": [{"a": 1}]},
}

CHAINS: dict[str, JsonValue] = {
    "k.core.v1.list.new([{a: 1}])": {"apiVersion": "v1", "kind": "List", "items": [{"a": 1}]},
    "R.role.rulesType.new() + R.role.rulesType.withApiGroupsMixin('g')"
    ".withResourcesMixin(['r']).withVerbsMixin('v')": {
        "apiGroups": ["g"],
        "resources": ["r"],
        "verbs": ["v"],
    },
    "{spec: {template: {spec: {containers: [CT.new('a', 'i')]}}}}"
    " + D1.mapContainers(function(c) c.withEnvMixin([{name: 'E'}]).withVolumeMountsMixin({}))": {
        "spec": {
            "template": {
                "spec": {
                    "containers": [
                        {"name": "a", "image": "i", "env": [{"name": "E"}], "volumeMounts": [{}]}
                    ]
                }
            }
        }
    },
    "S.mixin.metadata.withNamespace('s')"
    ".withLabelsMixin({a: 'b'}).withAnnotationsMixin({c: 'd'})": {
        "metadata": {"namespace": "s", "labels": {"a": "b"}, "annotations": {"c": "d"}}
    },
    "S.mixin.metadata.withName('n') + S.mixin.metadata.withLabelsMixin({a: 'b'})": {
        "metadata": {"name": "n", "labels": {"a": "b"}}
    },
    "S.mixin.spec.withType('t') + S.mixin.spec.withSelector({a: 'b'})": {
        "spec": {"type": "t", "selector": {"a": "b"}}
    },
    "S.new('n', {a: 'b'}, S.mixin.spec.portsType.newNamed('p', 80, 'q')).withType('t')": {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "n"},
        "spec": {
            "type": "t",
            "selector": {"a": "b"},
            "ports": [{"name": "p", "port": 80, "targetPort": "q"}],
        },
    },
    "XD.mixin.metadata.withNamespace('s') + XD.mixin.metadata.withName('n')"
    " + XD.mixin.metadata.withLabelsMixin({a: 'b'})": {
        "metadata": {"namespace": "s", "name": "n", "labels": {"a": "b"}}
    },
    "XD.mixin.spec.selector.withMatchLabels({a: 'b'})": {
        "spec": {"selector": {"matchLabels": {"a": "b"}}}
    },
    "XD.mixin.spec.template.metadata.withLabels({a: 'b'})"
    " + XD.mixin.spec.template.metadata.withAnnotationsMixin({c: 'd'})": {
        "spec": {"template": {"metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}}}}
    },
    "XD.mixin.spec.template.spec.withContainers([{name: 'a'}])"
    " + XD.mixin.spec.template.spec.withServiceAccountName('x')": {
        "spec": {"template": {"spec": {"containers": [{"name": "a"}], "serviceAccountName": "x"}}}
    },
    "CT.withImage('i') + CT.withImagePullPolicy('p')": {"image": "i", "imagePullPolicy": "p"},
    "CT.withEnv([{name: 'A'}]) + CT.withEnvMixin([{name: 'B'}])": {
        "env": [{"name": "A"}, {"name": "B"}]
    },
    "CT.withVolumeMountsMixin({name: 'v'}) + CT.withCommand('c')": {
        "volumeMounts": [{"name": "v"}],
        "command": ["c"],
    },
    "CT.new('a', 'i').withImagePullPolicy('p').withArgs('x')"
    ".withPorts(CT.portsType.new(80)).withCommand(['c'])": {
        "name": "a",
        "image": "i",
        "imagePullPolicy": "p",
        "args": ["x"],
        "ports": [{"containerPort": 80}],
        "command": ["c"],
    },
    "CT.mixin.resources.withLimitsMixin({cpu: 1}).withRequestsMixin({cpu: 2})": {
        "resources": {"limits": {"cpu": 1}, "requests": {"cpu": 2}}
    },
    "D1.new('n', 2, CT.new('a', 'i'), {a: 'b'})": {
        "apiVersion": "apps/v1beta1",
        "kind": "Deployment",
        "metadata": {"name": "n"},
        "spec": {
            "replicas": 2,
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{"name": "a", "image": "i"}]},
            },
        },
    },
    "D1.mixin.metadata.withNamespace('s').withLabelsMixin({a: 'b'})"
    " + D1.mixin.metadata.withName('n')": {
        "metadata": {"namespace": "s", "labels": {"a": "b"}, "name": "n"}
    },
    "D1.mixin.spec.template.spec.withVolumesMixin([{name: 'v'}])": {
        "spec": {"template": {"spec": {"volumes": [{"name": "v"}]}}}
    },
    "R.role.withRulesMixin([{verbs: ['v']}])": {"rules": [{"verbs": ["v"]}]},
    "[kind.new().kind for kind in [R.role, R.roleBinding, R.clusterRole, R.clusterRoleBinding]]": [
        *("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
    ],
    "R.clusterRoleBinding.mixin.metadata.withNamespace('s')"
    " + R.clusterRoleBinding.withSubjects([{name: 'x'}])": {
        "metadata": {"namespace": "s"},
        "subjects": [{"name": "x"}],
    },
    "R.roleBinding.mixin.metadata.withNamespace('s') + R.roleBinding.withSubjects({name: 'x'})": {
        "metadata": {"namespace": "s"},
        "subjects": [{"name": "x"}],
    },
    "R.role.mixin.metadata.withNamespace('s')": {"metadata": {"namespace": "s"}},
    "k.core.v1.serviceAccount.mixin.metadata.withNamespace('s')": {"metadata": {"namespace": "s"}},
    "k.rbac.v1.clusterRole.new() + k.rbac.v1.clusterRole.withRules([{}])"
    " + k.rbac.v1.clusterRole.mixin.metadata.mixinInstance({name: 'n'})": {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "n"},
        "rules": [{}],
    },
}
