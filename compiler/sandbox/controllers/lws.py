"""LeaderWorkerSet, the controller of groups of pods that serve together."""

from compiler.model.json import JsonObject
from compiler.sandbox.catalogue import LWS as PROGRAM
from compiler.sandbox.controller import MUTATING, VALIDATING, Addresses, Controller
from compiler.sandbox.ports import LOOPBACK

# Its installation asks it about the pods of LeaderWorkerSets only, instead of about every pod.
_ITS_PODS: JsonObject = {
    "objectSelector": {
        "matchExpressions": [{"key": "leaderworkerset.sigs.k8s.io/name", "operator": "Exists"}]
    }
}


def _configuration(addresses: Addresses) -> JsonObject:
    return {
        "apiVersion": "config.lws.x-k8s.io/v1alpha1",
        "kind": "Configuration",
        "health": {"healthProbeBindAddress": addresses.health},
        "metrics": {"bindAddress": "0"},
        "webhook": {
            "port": addresses.webhook,
            "host": LOOPBACK,
            "certDir": str(addresses.certificates),
        },
        "leaderElection": {"leaderElect": False},
        "internalCertManagement": {"enable": False},
    }


LWS = Controller(
    program=PROGRAM,
    words="LeaderWorkerSet: its groups make StatefulSets",
    namespace="lws-system",
    flags=lambda _: (),
    configuration=_configuration,
    webhook_names={
        MUTATING: "lws-mutating-webhook-configuration",
        VALIDATING: "lws-validating-webhook-configuration",
    },
    webhook_fields={"?pod.kb.io": _ITS_PODS},
)
