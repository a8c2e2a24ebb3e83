"""JobSet, the controller that makes several Jobs of one object."""

from compiler.model.json import JsonObject
from compiler.sandbox.catalogue import JOBSET as PROGRAM
from compiler.sandbox.controller import MUTATING, VALIDATING, Addresses, Controller
from compiler.sandbox.ports import LOOPBACK

# Its installation asks it about the pods of JobSets only, instead of about every pod.
_ITS_PODS: JsonObject = {
    "objectSelector": {
        "matchExpressions": [{"key": "jobset.sigs.k8s.io/jobset-name", "operator": "Exists"}]
    }
}


def _configuration(addresses: Addresses) -> JsonObject:
    return {
        "apiVersion": "config.jobset.x-k8s.io/v1alpha1",
        "kind": "Configuration",
        "health": {"healthProbeBindAddress": addresses.health},
        "metrics": {"bindAddress": "0"},
        "webhook": {"port": addresses.webhook, "host": LOOPBACK},
        "leaderElection": {"leaderElect": False},
        "internalCertManagement": {"enable": False},
    }


JOBSET = Controller(
    program=PROGRAM,
    words="JobSet: JobSets make Jobs",
    namespace="jobset-system",
    flags=lambda _: (),
    configuration=_configuration,
    webhook_names={
        MUTATING: "jobset-mutating-webhook-configuration",
        VALIDATING: "jobset-validating-webhook-configuration",
    },
    webhook_fields={"?pod.kb.io": _ITS_PODS},
)
